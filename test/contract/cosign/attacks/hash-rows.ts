/** Which hash goes with which key. */
import type { KeyAlgorithm } from '../../../../core/keys/key-version.ts';
import { type Hash, signBytes, signerOf } from '../../../support/signing.ts';
import type { AttackRow, RowOptions } from './row.ts';
import { signature } from './signature-row.ts';

const tell = ({ hash, digestFlag }: Omit<RowOptions, 'key'>): string => {
  if (hash === 'sha256') return ', keyward with --hash sha256';
  return digestFlag === undefined ? '' : `, cosign with --signature-digest-algorithm ${digestFlag}`;
};

/** The same message by a key of this kind over this hash. */
const hashed = (algorithm: KeyAlgorithm, hash: Hash, options: Omit<RowOptions, 'key'>): AttackRow =>
  signature(
    `${algorithm} over ${hash.toUpperCase().replace('SHA', 'SHA-')}${tell(options)}`,
    { ...options, key: algorithm },
    (bytes) => signBytes(signerOf(algorithm), bytes, { hash, form: 'raw' }),
  );

/** What cosign itself signs with such a key. */
const UNTOLD = 'cosign verifies with SHA-256 unless --signature-digest-algorithm says otherwise';

const VAULT_HASH =
  'the key says the hash, and no second one is tried silently: `--hash sha256` asks for it';

export const HASH_ROWS: readonly AttackRow[] = [
  ...(
    [
      ['P-384', 'sha384'],
      ['P-521', 'sha512'],
    ] as const
  ).flatMap(([algorithm, own]) => [
    hashed(algorithm, own, { ids: 'P1', keyward: 'allow', digestFlag: own }),
    hashed(algorithm, own, { ids: 'P1', keyward: 'allow', cosign: 'refuses', why: UNTOLD }),
    hashed(algorithm, 'sha256', {
      ids: 'A118',
      keyward: 'deny SIGNATURE_INVALID',
      digestFlag: own,
    }),
    hashed(algorithm, 'sha256', {
      ids: 'A118',
      keyward: 'deny SIGNATURE_INVALID',
      cosign: 'accepts',
      why: VAULT_HASH,
    }),
  ]),
  hashed('RSA-2048', 'sha256', { ids: 'P2', keyward: 'allow' }),
  hashed('RSA-3072', 'sha256', {
    ids: 'A118',
    keyward: 'deny SIGNATURE_INVALID',
    cosign: 'accepts',
    why: VAULT_HASH,
  }),
  hashed('RSA-4096', 'sha256', {
    ids: 'A118',
    keyward: 'deny SIGNATURE_INVALID',
    cosign: 'accepts',
    why: VAULT_HASH,
  }),
  hashed('RSA-3072', 'sha256', { ids: 'A118', keyward: 'allow', hash: 'sha256' }),
  hashed('RSA-4096', 'sha256', { ids: 'A118', keyward: 'allow', hash: 'sha256' }),
  hashed('RSA-3072', 'sha384', {
    ids: 'P2',
    keyward: 'allow',
    cosign: 'refuses',
    why: 'so a vault signs; cosign takes SHA-256 for every RSA key in a file',
  }),
  hashed('RSA-4096', 'sha512', {
    ids: 'P2',
    keyward: 'allow',
    cosign: 'refuses',
    why: 'so a vault signs; cosign takes SHA-256 for every RSA key in a file',
  }),
  hashed('RSA-2048', 'sha1', { ids: 'A113', keyward: 'deny SIGNATURE_INVALID' }),
  hashed('RSA-2048', 'sha512', { ids: 'A113', keyward: 'deny SIGNATURE_INVALID' }),
];
