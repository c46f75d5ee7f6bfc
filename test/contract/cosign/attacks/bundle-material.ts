/** The verification material of a bundle. */
import { by } from './bundle-row.ts';
import type { AttackRow } from './row.ts';

const certificate = { rawBytes: 'AAAA' };

const MATERIAL = { ids: 'A67', keyward: 'deny BUNDLE_KEY_MATERIAL' };

export const BUNDLE_MATERIAL: readonly AttackRow[] = [
  by('a certificate in place of the public key', MATERIAL, {
    material: { publicKey: undefined, certificate },
  }),
  by(
    'a certificate beside the public key',
    { ...MATERIAL, ids: 'A69' },
    { material: { certificate } },
  ),
  by('a chain of certificates in place of the public key', MATERIAL, {
    material: { publicKey: undefined, x509CertificateChain: { certificates: [certificate] } },
  }),
  by('no key material', MATERIAL, { material: { publicKey: undefined } }),
  by(
    'log entries that say nothing',
    {
      ids: 'A152',
      keyward: 'allow',
      cosign: 'refuses',
      why: 'keyward does not read evidence that no policy asks for',
    },
    { material: { tlogEntries: [{}] } },
  ),
  by(
    'a timestamp that does not parse',
    { ids: 'A152', keyward: 'allow' },
    {
      material: { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: 'AAAA' }] } },
    },
  ),
  by(
    'empty timestamp data',
    { ids: 'P8', keyward: 'allow' },
    {
      material: { timestampVerificationData: {}, tlogEntries: [] },
    },
  ),
  by(
    '33 log entries',
    { ids: 'A11', keyward: 'deny LIMIT_TLOG' },
    { material: { tlogEntries: Array.from({ length: 33 }, () => ({})) } },
  ),
];
