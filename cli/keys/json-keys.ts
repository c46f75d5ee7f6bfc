import { loadPublicKey } from '../../core/keys/public-key.ts';
import { quote } from '../../core/verdict/quote.ts';
import { formatField } from '../config/config-objects.ts';
import { isRecord, type Fields } from '../config/fields.ts';
import { parseYaml, type ConfigDocument, type FieldPath } from '../config/yaml-documents.ts';
import type { ReadPublicKey } from './read-public-key.ts';

type JsonKey = Exclude<ReadPublicKey, { kind: 'malformed' }>;

export type JsonKeys =
  | {
      readonly kind: 'keys';
      /** `id`: its `kid`, or its number; absent where the file is one key. */
      readonly keys: readonly { readonly id?: string; readonly read: JsonKey }[];
    }
  | { readonly kind: 'malformed'; readonly line: number; readonly message: string };

/**
 * A JWK or a JWK set (RFC 7517). A key of a set that keyward does not verify with is named and left out; a private one spoils them all:
 * it is where it should not be. Never throws, and never repeats the text.
 */
export function readJsonKeys(text: string): JsonKeys {
  const { documents, problems } = parseYaml('', text);
  const [document] = documents;
  const [problem] = problems;
  if (problem !== undefined)
    return { kind: 'malformed', line: problem.place.line, message: problem.message };
  if (document === undefined || documents.length > 1 || !isJson(text))
    return { kind: 'malformed', line: 1, message: 'it is not JSON' };
  return readDocument(document);
}

function readDocument(document: ConfigDocument): JsonKeys {
  const { value } = document;
  const fail = (field: FieldPath, message: string): JsonKeys => {
    const shown = field.length === 0 ? '' : `${formatField(field)}: `;
    return { kind: 'malformed', line: document.placeOf(field).line, message: `${shown}${message}` };
  };
  if (!isRecord(value) || !('kty' in value || 'keys' in value)) return fail([], NO_KEY);
  const isSet = !('kty' in value);
  const found: unknown = isSet ? value['keys'] : [value];
  if (!Array.isArray(found)) return fail(['keys'], 'is not a list');
  if (found.length === 0) return fail(['keys'], 'is empty');
  const jwks: readonly unknown[] = found;
  const pathOf = (index: number): FieldPath => (isSet ? ['keys', index] : []);
  for (const [index, jwk] of jwks.entries()) {
    const fault = isRecord(jwk) ? findFault(jwk) : { field: [], message: 'is not an object' };
    if (fault !== undefined) return fail([...pathOf(index), ...fault.field], fault.message);
  }
  const ids = isSet ? nameKeys(jwks.filter(isRecord)) : [];
  return {
    kind: 'keys',
    keys: jwks.filter(isRecord).map((jwk, index) => {
      const id = ids[index];
      return { ...(id === undefined ? {} : { id }), read: load(jwk) };
    }),
  };
}

const NO_KEY =
  'it is neither a JWK ("kty") nor a JWK set ("keys"); of a key in a vault, az keyvault key download --encoding PEM makes a file';

/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4: what only the holder of a private key, or of a shared secret, has. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const PUBLIC_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'x', 'y'],
  'EC-HSM': ['crv', 'x', 'y'],
  RSA: ['n', 'e'],
  'RSA-HSM': ['n', 'e'],
};

/** What only whoever wrote the file can mend. */
function findFault(jwk: Fields): { field: FieldPath; message: string } | undefined {
  const secret = PRIVATE_MEMBERS.find((name) => Object.hasOwn(jwk, name));
  if (secret !== undefined)
    return {
      field: [secret],
      message:
        'this is a PRIVATE KEY. Take it out of here and treat it as leaked if others could read it; verifying needs the public members only',
    };
  const { kty } = jwk;
  if (typeof kty !== 'string') return { field: ['kty'], message: 'must be text' };
  const members = Object.hasOwn(PUBLIC_MEMBERS, kty) ? (PUBLIC_MEMBERS[kty] ?? []) : [];
  const missing = members.find((name) => typeof jwk[name] !== 'string' || jwk[name] === '');
  return missing === undefined ? undefined : { field: [missing], message: 'must be text' };
}

/** Of JWA (RFC 7518 section 3.1), what cosign signs images with. */
const ALGORITHMS: readonly unknown[] = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512'];

function load(jwk: Fields): JsonKey {
  const { use = 'sig', alg = 'ES256' } = jwk;
  if (use !== 'sig')
    return unusable(`its "use" is ${quote(String(use), 40)}: it is not a key for signatures`);
  if (!ALGORITHMS.includes(alg))
    return unusable(`its "alg" is ${quote(String(alg), 40)}, which cosign does not sign with`);
  const loaded = loadPublicKey({ jwk });
  if (loaded.ok) return { kind: 'loaded', key: loaded.key };
  return { kind: 'unusable', code: loaded.code, detail: loaded.detail };
}

function unusable(detail: string): JsonKey {
  return { kind: 'unusable', code: 'KEY_UNSUPPORTED', detail };
}

/** By `kid` where it is one plain word that no other key has, else by number. */
function nameKeys(jwks: readonly Fields[]): readonly string[] {
  const kids = jwks.map(({ kid }) => kid);
  return kids.map((kid, index) => {
    const isPlain = typeof kid === 'string' && /^[\w.-]{1,80}$/u.test(kid);
    const isAlone = kids.indexOf(kid) === kids.lastIndexOf(kid);
    return isPlain && isAlone ? kid : String(index + 1);
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
