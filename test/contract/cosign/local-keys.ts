/** Key pairs in files, as people without a vault have them: `generate-key-pair` makes P-256, `import-key-pair` takes the others. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyAlgorithm } from '../../../core/keys/key-version.ts';
import type { CosignRoom } from './cosign.ts';

export interface LocalKey {
  readonly algorithm: KeyAlgorithm;
  /** For cosign's `--key` when it signs; the public half is in `publicFile`. */
  readonly privateFile: string;
  readonly publicFile: string;
  readonly publicKeyPem: string;
  /** cosign's local RSA keys hash with SHA-256 whatever their size; Key Vault's do not (facts: cosign.md section 18.11). */
  readonly hash: 'auto' | 'sha256';
}

export async function createLocalKey(
  room: CosignRoom,
  algorithm: KeyAlgorithm,
  label = 'key',
): Promise<LocalKey> {
  const name = `${label}-${algorithm}`;
  const prefix = ['--output-key-prefix', name];
  if (algorithm === 'P-256') await room.succeed('v3.1.3', ['generate-key-pair', ...prefix]);
  else {
    room.write(`${name}.pem`, generatePrivatePem(algorithm));
    await room.succeed('v2.6.1', ['import-key-pair', '--key', `${name}.pem`, ...prefix]);
  }
  return {
    algorithm,
    privateFile: `${name}.key`,
    publicFile: join(room.folder, `${name}.pub`),
    publicKeyPem: readFileSync(join(room.folder, `${name}.pub`), 'utf8'),
    hash: algorithm === 'RSA-3072' || algorithm === 'RSA-4096' ? 'sha256' : 'auto',
  };
}

function generatePrivatePem(algorithm: KeyAlgorithm): string {
  const { privateKey } = algorithm.startsWith('RSA')
    ? generateKeyPairSync('rsa', { modulusLength: Number(algorithm.slice(4)) })
    : generateKeyPairSync('ec', { namedCurve: algorithm });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}
