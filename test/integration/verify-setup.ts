/** A registry over TLS and without, images in it signed in every way, and `bin/keyward` as a person runs it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCertificateAuthority,
  type CertificateAuthority,
} from '../../sandbox/certificates.ts';
import { runKeyward, type CommandResult } from '../../sandbox/processes/cli.ts';
import { startRegistry, type RegistryStandIn } from '../../sandbox/registry/registry.ts';
import {
  bundleBlob,
  legacyLayer,
  type BundleOptions,
  type LegacyOptions,
} from '../support/signatures.ts';

/** An image as `-o json` reports it. */
export interface Report {
  readonly image: string;
  readonly digest: string | null;
  readonly verdict: 'allow' | 'deny' | 'unavailable';
  readonly reason: string | null;
  readonly message: string;
  readonly remedy: string | null;
  readonly warnings: readonly string[];
  readonly vouchedBy: { fingerprint: string; name?: string; version?: string } | null;
  readonly candidates: readonly Candidate[];
}

interface Candidate {
  readonly store: string;
  readonly format: string | null;
  readonly code: string | null;
  readonly countsFor: readonly string[];
  readonly claims: { readonly digest: string } | null;
  readonly keysTried: readonly { readonly from: string; readonly made: boolean | null }[];
}

export interface Verified extends CommandResult {
  /** Of `-o json`: what stands on stdout, which is one line and nothing else. */
  readonly reports: readonly Report[];
}

export interface Pushed {
  readonly name: string;
  readonly digest: string;
  /** `host/name:v1` */
  readonly tagged: string;
  /** `host/name@sha256:…` */
  readonly pinned: string;
}

export interface VerifyWorld extends AsyncDisposable {
  readonly authority: CertificateAuthority;
  readonly registry: RegistryStandIn;
  /** The same registry without TLS. */
  readonly plainHost: string;
  readonly folder: string;
  /** Into the folder; the path of the file. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** A new image, different for each name. */
  push(name: string): Pushed;
  sign(image: Pushed, how: Signature): void;
  /** `keyward` with these arguments, in an environment of its own. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CommandResult>;
  /** `keyward verify -o json` */
  verify(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Verified>;
}

export type Signature =
  | ({ readonly format: 'legacy' } & Omit<LegacyOptions, 'digest'>)
  | ({ readonly format: 'bundle' } & Omit<BundleOptions, 'digest'>);

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

export async function startVerifyWorld(): Promise<VerifyWorld> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'keyward-verify-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const write: VerifyWorld['write'] = async (name, content) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const authority = await createCertificateAuthority();
  const caFile = await write('ca.pem', authority.caPem);
  const certificate = await authority.issue({
    commonName: 'registry',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  });
  const registry = await startRegistry({ certificate });
  started.defer(() => registry.close());
  const plain = await startPlainFront(registry, authority.caPem);
  started.defer(() => plain.close());
  const run: VerifyWorld['run'] = (args, env = {}) =>
    runKeyward(args, { HOME: folder, NODE_EXTRA_CA_CERTS: caFile, ...env });
  const owned = started.move();
  return {
    authority,
    registry,
    plainHost: plain.host,
    folder,
    write,
    push: (name) => {
      const { digest } = registry.pushImage(name, 'v1', { content: name });
      const place = `${registry.host}/${name}`;
      return { name, digest, tagged: `${place}:v1`, pinned: `${place}@${digest}` };
    },
    sign: (image, how) => {
      if (how.format === 'legacy') pushLegacy(registry, image, how);
      else pushBundle(registry, image, how);
    },
    run,
    verify: async (args, env) => {
      const result = await run(['verify', '-o', 'json', ...args], env);
      return { ...result, reports: readReports(result) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Nothing but one line of JSON, or nothing at all. */
function readReports({ code, stdout, stderr }: CommandResult): readonly Report[] {
  if (code === 2 && stdout === '') return [];
  if (!/^\[.*\]\n$/u.test(stdout)) throw new Error(`no line of JSON: ${stdout}\n${stderr}`);
  return JSON.parse(stdout) as Report[];
}

/** As cosign appends: one layer for each signature under the tag. */
function pushLegacy(registry: RegistryStandIn, { name, digest }: Pushed, how: LegacyOptions): void {
  const { blob, descriptor } = legacyLayer({ ...how, digest });
  const tag = `${digest.replace(':', '-')}.sig`;
  const earlier = registry.readManifest(name, tag);
  const before =
    earlier === undefined
      ? []
      : (JSON.parse(Buffer.from(earlier.bytes).toString()) as { layers: unknown[] }).layers;
  const { mediaType, size, annotations } = descriptor;
  const layer = {
    mediaType,
    size,
    digest: registry.pushBlob(name, blob),
    annotations: Object.fromEntries(annotations),
  };
  const config = Buffer.from('{}');
  pushManifest(registry, name, tag, {
    config: { mediaType: CONFIG, size: config.length, digest: registry.pushBlob(name, config) },
    layers: [...before, layer],
  });
}

function pushBundle(registry: RegistryStandIn, { name, digest }: Pushed, how: BundleOptions): void {
  const { blob } = bundleBlob({ ...how, digest });
  const image = registry.readManifest(name, digest);
  if (image === undefined) throw new Error('there is no such image');
  const config = Buffer.from('{}');
  pushManifest(registry, name, undefined, {
    artifactType: BUNDLE,
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      size: config.length,
      digest: registry.pushBlob(name, config),
    },
    layers: [{ mediaType: BUNDLE, size: blob.length, digest: registry.pushBlob(name, blob) }],
    subject: { mediaType: image.mediaType, size: image.bytes.length, digest },
  });
}

export function pushManifest(
  registry: RegistryStandIn,
  name: string,
  tag: string | undefined,
  members: Readonly<Record<string, unknown>>,
): string {
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, ...members };
  const { mediaType } = manifest;
  return registry.pushManifest(name, tag, {
    bytes: Buffer.from(JSON.stringify(manifest)),
    mediaType,
  });
}

interface Front {
  readonly host: string;
  close(): Promise<void>;
}

/** Hands each request on to the registry, as a proxy before it that ends TLS would. */
async function startPlainFront(registry: RegistryStandIn, ca: string): Promise<Front> {
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = 'GET', headers, url = '/' } = incoming;
    const onward = request(`${registry.url}${url}`, { method, headers, ca }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
