import { z } from 'zod';
import type { Credential } from './credentials.ts';
import { SecretText } from './secret-text.ts';

export type DockerConfigEntry =
  | { readonly kind: 'credential'; readonly credential: Credential }
  /** `docker-credential-<name>` has it. `isNamed`: for this very host, so that having nothing is a failure. */
  | { readonly kind: 'helper'; readonly name: string; readonly isNamed: boolean }
  /** There is an entry that cannot be used: why. */
  | { readonly kind: 'unusable'; readonly why: string };

export interface DockerConfig {
  /** `undefined`: no entry is for this host. */
  find(host: string): DockerConfigEntry | undefined;
}

const authSchema = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});
type Auth = z.output<typeof authSchema>;

const configSchema = z.object({
  auths: z.record(z.string(), authSchema.nullable()).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

/**
 * What `docker login` writes, and what a Secret of type kubernetes.io/dockerconfigjson holds.
 * @throws TypeError without a word of the content
 */
export function parseDockerConfig(text: string): DockerConfig {
  const parsed = configSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    // Paths hold host names, never a value.
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new TypeError(`it is not a Docker config${where === '' ? '' : ` (at ${where})`}`);
  }
  const auths = Object.entries(parsed.data.auths ?? {}).flatMap(([key, auth]) =>
    auth === null ? [] : [{ key, auth, ...parseKey(key) }],
  );
  const helpers = new Map(
    Object.entries(parsed.data.credHelpers ?? {}).map(([key, name]) => [parseKey(key).host, name]),
  );
  const { credsStore } = parsed.data;
  return {
    find: (asked) => {
      const host = canonicalHost(asked);
      const helper = helpers.get(host);
      if (helper !== undefined) return { kind: 'helper', name: helper, isNamed: true };
      const exact = auths.filter((entry) => entry.host === host && entry.path === '');
      const entry = exact.map(({ auth }) => entryOf(auth)).find((each) => each !== undefined);
      if (entry !== undefined) return entry;
      const partial = auths.find(
        (each) => (each.host === host && each.path !== '') || matchesPattern(each.host, host),
      );
      if (partial !== undefined) return { kind: 'unusable', why: describePartial(partial.key) };
      if (credsStore === null || credsStore === undefined || credsStore === '') return undefined;
      return { kind: 'helper', name: credsStore, isNamed: false };
    },
  };
}

/** `https://index.docker.io/v1/` is what Docker calls its Hub. */
const HUB_HOSTS: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
]);

function canonicalHost(host: string): string {
  return HUB_HOSTS.has(host) ? 'docker.io' : host;
}

function parseKey(key: string): { readonly host: string; readonly path: string } {
  const [host = '', ...rest] = key.replace(/^https?:\/\//iu, '').split('/');
  const path = rest.filter((part) => part !== '').join('/');
  return { host: canonicalHost(host.toLowerCase()), path: /^v[12]$/u.test(path) ? '' : path };
}

/**
 * The kubelet takes `*.example.com` for a pattern, label by label. It is not followed here, and not passed over either. No regular
 * expression: `*a*a*a*a*a*a*a*b` as one keeps the webhook busy for minutes, and whoever writes a Secret writes the pattern.
 */
function matchesPattern(pattern: string, host: string): boolean {
  if (!pattern.includes('*')) return false;
  const globs = pattern.split('.');
  const labels = host.split('.');
  return (
    globs.length === labels.length &&
    globs.every((glob, index) => matchesLabel(glob, labels[index] ?? ''))
  );
}

function matchesLabel(glob: string, label: string): boolean {
  const [first = '', ...pieces] = glob.split('*');
  const last = pieces.pop();
  if (last === undefined) return label === first;
  const end = label.length - last.length;
  if (!label.startsWith(first) || !label.endsWith(last) || end < first.length) return false;
  let at = first.length;
  for (const piece of pieces) {
    const found = label.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

function describePartial(key: string): string {
  return `its entry '${key}' is for a part of a registry or for several, which keyward does not follow: name the host alone`;
}

function entryOf(auth: Auth): DockerConfigEntry | undefined {
  if (isGiven(auth.registrytoken)) return tokenEntry('registry-token', auth.registrytoken);
  if (isGiven(auth.identitytoken)) return tokenEntry('refresh-token', auth.identitytoken);
  const [username, password] = isGiven(auth.auth)
    ? decodeAuth(auth.auth)
    : [auth.username, auth.password];
  // `{}` stands where the secret itself is in a credential store.
  if (!isGiven(auth.auth) && !isGiven(username)) return undefined;
  if (!isGiven(username) || password === undefined) {
    return { kind: 'unusable', why: 'its user name and password cannot be read' };
  }
  return { kind: 'credential', credential: basicCredential(username, password) };
}

function tokenEntry(kind: 'registry-token' | 'refresh-token', token: string): DockerConfigEntry {
  return { kind: 'credential', credential: { kind, token: new SecretText(token) } };
}

export function basicCredential(username: string, password: string): Credential {
  return { kind: 'basic', username, password: new SecretText(password) };
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function decodeAuth(auth: string): readonly [string?, string?] {
  if (!/^[A-Za-z0-9+/]*={0,2}$/u.test(auth)) return [];
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/u, '');
  const colon = text.indexOf(':');
  return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1)];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
