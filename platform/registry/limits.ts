/** cosign.md section 10. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;
