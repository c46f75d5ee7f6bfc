import { createHash } from 'node:crypto';
import type { Clock } from '../lifecycle/clock.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Reach } from './network/addresses.ts';
import { anonymousCredentials } from './credentials/anonymous.ts';
import { createAuthorizer } from './authorize/authorizer.ts';
import type { RegistryCredentials } from './credentials/credentials.ts';
import { createExchange, type Ask, type Inquiry, type Reply } from './exchange.ts';
import { MANIFEST_LIMIT } from './limits.ts';
import { listReferrers } from './referrers.ts';
import { createRegistryMetrics } from './registry-metrics.ts';
import type { Registry, RepositoryRef } from './registry.ts';
import { ContentError, RegistryError } from './registry-error.ts';
import type { Resolve } from './network/lookup.ts';
import type { ProxySettings } from './network/proxy.ts';
import { createRequestGate, type RequestLimits } from './request-gate.ts';
import { createTokenService } from './authorize/token-service.ts';
import { createTransport } from './network/transport.ts';

export interface RegistryClientOptions {
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Anonymous by default. */
  readonly credentials?: RegistryCredentials;
  /** Trusted besides what the process trusts. */
  readonly caPem?: string;
  /** Any certificate will do; false by default. */
  readonly insecureSkipTlsVerify?: boolean;
  /** None by default. */
  readonly proxy?: ProxySettings;
  /** `dns.lookup` by default. */
  readonly resolve?: Resolve;
  /** `host[:port]` spoken to without TLS; empty by default. */
  readonly plainHttp?: readonly string[];
  /** `host[:port]` that redirects and token realms may lead to, private or not, besides the registry itself. */
  readonly allowedHosts?: readonly string[];
  /** Where a registry may be that an image reference names, unless its host is listed; `any` by default. Metadata never. */
  readonly registryReach?: Reach;
  /** How often one registry may be asked; without limit by default. */
  readonly limits?: RequestLimits;
  /** Requests to one registry at a time; 16 by default. */
  readonly connectionsPerHost?: number;
  /** For one question, redirects and body included; 4000 by default. */
  readonly callTimeoutMs?: number;
}

/** Docker Hub is the one public registry whose names differ from its hosts. */
const HUB = { name: 'docker.io', host: 'registry-1.docker.io', realm: 'auth.docker.io' };

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** Client over undici (docs/adr/0004-registry-client.md). Opens nothing until asked. */
export function createRegistry(options: RegistryClientOptions): Registry {
  const { clock, credentials = anonymousCredentials, callTimeoutMs = 4000 } = options;
  const transport = createTransport({
    ...options,
    plainHttp: options.plainHttp ?? [],
    allowedHosts: options.allowedHosts ?? [],
    registryReach: options.registryReach ?? 'any',
    connectionsPerHost: options.connectionsPerHost ?? 16,
    callTimeoutMs,
  });
  const metrics = createRegistryMetrics(options.metrics);
  const common = { transport, metrics, clock, callTimeoutMs };
  const realmHosts = new Map([[HUB.host, [HUB.realm]]]);
  const fetchToken = createTokenService({ ...common, realmHosts });
  const exchange = createExchange({
    ...common,
    authorizer: createAuthorizer({ ...common, credentials, fetchToken }),
    gate: createRequestGate(clock, options.limits),
  });
  const ask: Ask = (inquiry) => exchange({ ...inquiry, ref: locate(inquiry.ref) });

  const fetchManifest: Registry['fetchManifest'] = async (ref, reference, options = {}) => {
    const { size, ...call } = options;
    const inquiry = {
      ...call,
      ref,
      operation: 'manifest',
      path: `/v2/${ref.repository}/manifests/${reference}`,
      accept: MANIFEST_TYPES,
    } as const;
    const reply =
      size === undefined
        ? await ask({ ...inquiry, maxBytes: MANIFEST_LIMIT })
        : await askDeclared(ask, inquiry, { name: reference, size, maxBytes: MANIFEST_LIMIT });
    if (reply.kind === 'absent') return undefined;
    const digest = hash(reply.body);
    if (reference.includes(':') && reference !== digest) {
      throw new ContentError('CONTENT_DIGEST_MISMATCH', `${reference} has bytes of ${digest}`);
    }
    return { bytes: reply.body, digest, mediaType: reply.mediaType };
  };

  return {
    fetchManifest,
    resolveTag: async (ref, tag, call) => {
      try {
        return (await fetchManifest(ref, tag, call))?.digest;
      } catch (error) {
        if (!(error instanceof ContentError)) throw error;
        // Which digest the tag has is unknown: that is no statement about any signature.
        throw new RegistryError('REGISTRY_BAD_RESPONSE', `tag ${tag}: ${error.message}`);
      }
    },
    fetchBlob: async (ref, { digest, size, maxBytes }, call = {}) => {
      const path = `/v2/${ref.repository}/blobs/${digest}`;
      const inquiry = { ...call, ref, operation: 'blob', path, accept: '*/*' } as const;
      const reply = await askDeclared(ask, inquiry, { name: digest, size, maxBytes });
      if (reply.kind === 'absent') return undefined;
      if (hash(reply.body) !== digest) {
        throw new ContentError('CONTENT_DIGEST_MISMATCH', `the bytes of ${digest} are others`);
      }
      return reply.body;
    },
    listReferrers: (ref, digest, call = {}) => listReferrers(ask, ref, digest, call),
    close: () => transport.close(),
  };
}

/** For what a descriptor names: all that it declares, and never a byte more, so that an image's budget is what its descriptors say. */
async function askDeclared(
  ask: Ask,
  inquiry: Omit<Inquiry, 'maxBytes'>,
  {
    name,
    size,
    maxBytes,
  }: { readonly name: string; readonly size: number; readonly maxBytes: number },
): Promise<Reply> {
  if (size > maxBytes) {
    throw new ContentError('LIMIT_BYTES', `${name} declares ${size} of ${maxBytes} bytes`);
  }
  const mismatch = (found: string): ContentError =>
    new ContentError(
      'CONTENT_SIZE_MISMATCH',
      `${name} has ${found} bytes, not the declared ${size}`,
    );
  try {
    const reply = await ask({ ...inquiry, maxBytes: size });
    if (reply.kind === 'found' && reply.body.length < size) throw mismatch(`${reply.body.length}`);
    return reply;
  } catch (error) {
    const isLonger = error instanceof ContentError && error.code === 'LIMIT_BYTES';
    throw isLonger && size < maxBytes ? mismatch('more') : error;
  }
}

function locate(ref: RepositoryRef): RepositoryRef {
  return ref.registry === HUB.name ? { ...ref, registry: HUB.host } : ref;
}

function hash(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
