import { BUNDLE_ENVELOPES } from './bundle-envelopes.ts';
import { BUNDLE_JSON } from './bundle-json.ts';
import { BUNDLE_KEYS } from './bundle-keys.ts';
import { BUNDLE_MANIFESTS, BUNDLE_TYPES, OLDER_SPELLING } from './bundle-manifests.ts';
import { BUNDLE_MATERIAL } from './bundle-material.ts';
import { BUNDLE_PLACES } from './bundle-places.ts';
import { ECDSA_ROWS } from './ecdsa-rows.ts';
import { HASH_ROWS } from './hash-rows.ts';
import { LEGACY_ANNOTATIONS } from './legacy-annotations.ts';
import { LEGACY_CLAIMS } from './legacy-claims.ts';
import { LEGACY_MANIFESTS } from './legacy-manifests.ts';
import { LEGACY_EVIDENCE, LEGACY_PLACES } from './legacy-places.ts';
import { LEGACY_TEXTS, SIGNATURE_TEXTS } from './legacy-texts.ts';
import { RSA_ROWS } from './rsa-rows.ts';
import { STATEMENT_ANNOTATIONS, STATEMENT_SUBJECTS } from './statement-subjects.ts';
import { STATEMENT_TYPES } from './statement-types.ts';
import { LISTING_ROWS } from './listing-rows.ts';
import type { AttackRow } from './row.ts';

/** All that is offered to both verifiers, by what it is about: these are the tables of docs/verified-cosign.md. */
export const ATTACKS: Readonly<Record<string, readonly AttackRow[]>> = {
  'Legacy signatures': [
    ...LEGACY_PLACES,
    ...LEGACY_MANIFESTS,
    ...LEGACY_CLAIMS,
    ...LEGACY_TEXTS,
    ...LEGACY_ANNOTATIONS,
    ...SIGNATURE_TEXTS,
    ...LEGACY_EVIDENCE,
  ],
  'The bytes of a signature': [...ECDSA_ROWS, ...HASH_ROWS, ...RSA_ROWS],
  Bundles: [
    ...BUNDLE_PLACES,
    ...BUNDLE_MANIFESTS,
    ...BUNDLE_TYPES,
    OLDER_SPELLING,
    ...BUNDLE_JSON,
    ...BUNDLE_MATERIAL,
    ...BUNDLE_ENVELOPES,
    ...BUNDLE_KEYS,
  ],
  'Where referrers are': LISTING_ROWS,
  'Statements in bundles': [...STATEMENT_TYPES, ...STATEMENT_SUBJECTS, ...STATEMENT_ANNOTATIONS],
};
