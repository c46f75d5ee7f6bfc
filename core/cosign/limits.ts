/** Caps of `cosign.md` section 10, in bytes or counts. One that is exceeded fails closed with a reason of its own. */
export const LIMITS = {
  manifestBytes: 4 * 1024 * 1024,
  legacyPayloadBytes: 64 * 1024,
  bundleBytes: 1024 * 1024,
  jsonDepth: 64,
  signatureLayers: 100,
  referrers: 100,
  referrerPages: 10,
  logEntries: 32,
  timestamps: 32,
  subjects: 1024,
  digestsPerSubject: 32,
} as const;
