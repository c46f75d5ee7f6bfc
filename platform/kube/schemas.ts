/** The door to this room's schemas: API objects in, core's types out. */
export { parseKeySet } from './key-set-schema.ts';
export { parseKeyRevocation } from './key-revocation-schema.ts';
export { parseKmp, type Kmp, type KmpKey, type KmpKind } from './kmp-schema.ts';
export { parseStore, type RatifyStore } from './store-schema.ts';
export { parseVerifier, type ParsedVerifier } from './verifier-schema.ts';
export type { ParseResult } from './parse-result.ts';
