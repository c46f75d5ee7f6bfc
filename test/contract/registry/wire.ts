/** A bare client for the contract suite: what goes over the wire, with the token that a registry asks for and nothing else. */
import { Agent, request } from 'undici';
import type { SignatureStore } from '../../../sandbox/signer/sign-image.ts';
import { digestOf } from '../../../sandbox/registry/storage.ts';

/** One registry that the suite runs against. */
export interface RegistryPeer {
  /** `127.0.0.1:<port>`, over TLS. */
  readonly host: string;
  readonly caPem: string;
  /** Where tokens come from, when it asks for them. */
  readonly tokenHost?: string;
  /** Who may read and write, when not everybody may. */
  readonly login?: Login;
  close(): Promise<void>;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

export function basicHeaderOf({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** What is known of a registry before it runs. */
export interface RegistryTraits {
  /** The referrers API is there; without it, who stores a referrer keeps the fallback tag. */
  readonly referrers: boolean;
  /** Referrers come in pages of this many. */
  readonly pageSize?: number;
  readonly tokens: boolean;
  /** It refuses a manifest whose bytes are not what its digest says. */
  readonly checksDigests: boolean;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Outgoing {
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Send = (method: string, path: string, outgoing?: Outgoing) => Promise<WireAnswer>;

export interface Wire {
  /** Fetches a token where one is asked for; `path` may be a whole address that the registry gave. */
  readonly send: Send;
  /** The first answer as it is, a challenge included. */
  readonly sendBare: Send;
  close(): Promise<void>;
}

const PATIENCE_MS = 10_000;

export function createWire({ host, caPem, login }: RegistryPeer): Wire {
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const sendBare: Send = async (method, path, { body, headers = {} } = {}) => {
    const response = await request(new URL(path, `https://${host}`), {
      method: method as 'GET',
      dispatcher,
      headers,
      body: body ?? null,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return {
      status: response.statusCode,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: Buffer.from(await response.body.arrayBuffer()),
    };
  };
  return {
    sendBare,
    async send(method, path, outgoing = {}) {
      const first = await sendBare(method, path, outgoing);
      const challenge = first.headers['www-authenticate'];
      if (first.status !== 401 || challenge === undefined) return first;
      const known = login === undefined ? {} : { authorization: basicHeaderOf(login) };
      const authorization = /^Basic/iu.test(challenge)
        ? known.authorization
        : `Bearer ${await obtainToken(sendBare, challenge, known)}`;
      const shown = authorization === undefined ? {} : { authorization };
      return sendBare(method, path, { ...outgoing, headers: { ...outgoing.headers, ...shown } });
    },
    close: () => dispatcher.destroy(),
  };
}

export function readChallenge(header: string): ReadonlyMap<string, string> {
  const pairs = [...header.matchAll(/(\w+)="([^"]*)"/g)];
  return new Map(pairs.map(([, name = '', value = '']) => [name, value]));
}

async function obtainToken(
  sendBare: Send,
  challenge: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const parameters = readChallenge(challenge);
  const url = new URL(parameters.get('realm') ?? '');
  for (const name of ['service', 'scope']) {
    const value = parameters.get(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const { body } = await sendBare('GET', url.href, { headers });
  return (JSON.parse(body.toString('utf8')) as { token: string }).token;
}

/** Blob upload as clients do it: POST, then PUT to where the answer says. @throws Error when it is refused */
export async function pushBlob(wire: Wire, repository: string, bytes: Uint8Array): Promise<string> {
  const started = await wire.send('POST', `/v2/${repository}/blobs/uploads/`);
  const location = started.headers['location'] ?? '';
  const digest = digestOf(bytes);
  const query = `${location.includes('?') ? '&' : '?'}digest=${digest}`;
  const stored = await wire.send('PUT', `${location}${query}`, {
    body: bytes,
    headers: { 'content-type': 'application/octet-stream' },
  });
  if (stored.status !== 201)
    throw new Error(`blob refused: ${stored.status} ${stored.body.toString('utf8')}`);
  return digest;
}

/** The signer's way to a real registry. */
export function createStore(peer: RegistryPeer, wire: Wire, hasReferrers: boolean): SignatureStore {
  return {
    host: peer.host,
    hasReferrers,
    readManifest: async (repository, reference) => {
      const { status, headers, body } = await wire.send(
        'GET',
        `/v2/${repository}/manifests/${reference}`,
        { headers: { accept: ACCEPTED } },
      );
      if (status !== 200) return undefined;
      return { bytes: body, mediaType: headers['content-type'] ?? '' };
    },
    pushBlob: (repository, bytes) => pushBlob(wire, repository, bytes),
    pushManifest: async (repository, reference, { bytes, mediaType }) => {
      const digest = digestOf(bytes);
      const { status, body } = await wire.send(
        'PUT',
        `/v2/${repository}/manifests/${reference ?? digest}`,
        { body: bytes, headers: { 'content-type': mediaType } },
      );
      if (status !== 201) throw new Error(`manifest refused: ${status} ${body.toString('utf8')}`);
      return digest;
    },
  };
}

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
/** What cosign asks for; without it a real registry hides OCI manifests behind tags. */
export const ACCEPTED = [
  MANIFEST_TYPE,
  INDEX_TYPE,
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
