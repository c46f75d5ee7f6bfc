/** A registry without TLS that answers whatever chance says: noise, lies, replayed signatures, broken HTTP. The same seed, the same choices. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { mutateBytes } from '../fuzz/mutate-bytes.ts';
import { createRandom, type Random } from '../fuzz/random.ts';
import {
  bundleBlob,
  DIGEST,
  OTHER_DIGEST,
  legacyLayer,
  SIGNATURE_ANNOTATION,
  SIMPLE_SIGNING,
} from '../support/signatures.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

export interface HostileRegistry extends AsyncDisposable {
  readonly host: string;
  /** Answers so far. */
  answers(): number;
}

/** Genuine signatures of another image: what it replays, whole or in pieces. */
const genuine = legacyLayer();
const SIGNATURE = genuine.descriptor.annotations.get(SIGNATURE_ANNOTATION);
const SOURCES: readonly Buffer[] = [
  Buffer.from(genuine.blob),
  Buffer.from(bundleBlob().blob),
  Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: {}, layers: [] })),
];

export async function startHostileRegistry(seed: number): Promise<HostileRegistry> {
  const random = createRandom(seed);
  /** What it gave out by digest: it can be consistent where it likes to. */
  const store = new Map<string, Buffer>();
  let answers = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => {
      const path = /^GET (\S+) /u.exec(bytes.toString('latin1'))?.[1] ?? '/';
      answers += 1;
      answer(socket, path, { random, store });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: () => answers,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Mind {
  readonly random: Random;
  readonly store: Map<string, Buffer>;
}

function answer(socket: Socket, path: string, mind: Mind): void {
  const { random } = mind;
  if (random.oneIn(20)) {
    // No HTTP at all, or the end of the connection.
    if (random.oneIn(2)) socket.destroy();
    else socket.end(noise(random, 200));
    return;
  }
  const [status, type, body] = random.oneIn(6) ? nonsense(random) : plausible(path, mind);
  const length = random.oneIn(30) ? random.below(5000) : body.length;
  const head = [
    `HTTP/1.1 ${status} ${random.oneIn(20) ? 'OK\u001B[2J' : 'OK'}`,
    `Content-Type: ${type}`,
    `Content-Length: ${length}`,
    'Connection: close',
    ...extras(random, path),
  ];
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]));
}

type Content = readonly [status: number, type: string, body: Buffer];

function nonsense(random: Random): Content {
  const status = random.pick([
    100, 200, 204, 206, 302, 307, 400, 401, 403, 404, 418, 500, 503, 599,
  ]);
  const type = random.pick(['text/html', 'application/json', INDEX, MANIFEST, '', 'a\u001B[31m/b']);
  const body = random.pick([
    noise(random, 3000),
    Buffer.from('['.repeat(random.below(100_000))),
    Buffer.from('{"errors":[{"code":"\u001B[2J","message":"TypeError: no\\n    at evil"}]}'),
    Buffer.from(`{"token":"${'x'.repeat(random.below(50))}","expires_in":${random.below(9)}}`),
  ]);
  return [status, type, body];
}

/** What a registry would answer there, but for what is in it. */
function plausible(path: string, { random, store }: Mind): Content {
  const keep = (bytes: Buffer): { digest: string; size: number } => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    store.set(digest, bytes);
    return { digest, size: random.oneIn(10) ? random.below(9999) : bytes.length };
  };
  const known = store.get(path.split('/').at(-1) ?? '');
  if (known !== undefined && !random.oneIn(5)) return [200, MANIFEST, known];
  const isTag = path.endsWith('.sig');
  const makeLayer = () => ({
    mediaType: isTag === random.oneIn(8) ? BUNDLE : SIMPLE_SIGNING,
    ...keep(spoil(random.pick(SOURCES), random)),
    ...(isTag ? { annotations: { [SIGNATURE_ANNOTATION]: SIGNATURE } } : {}),
  });
  const config = isTag ? 'application/vnd.oci.image.config.v1+json' : EMPTY;
  const members = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: config, ...keep(Buffer.from('{}')) },
    layers: Array.from({ length: isTag ? 1 + random.below(3) : 1 }, makeLayer),
    ...(isTag
      ? {}
      : { artifactType: BUNDLE, subject: { mediaType: MANIFEST, digest: OTHER_DIGEST, size: 1 } }),
  };
  const manifest = spoil(Buffer.from(JSON.stringify(members)), random);
  if (!path.includes('/referrers/')) return [200, MANIFEST, manifest];
  const manifests = [{ mediaType: MANIFEST, artifactType: BUNDLE, ...keep(manifest) }];
  const index = { schemaVersion: 2, mediaType: INDEX, manifests };
  return [200, INDEX, spoil(Buffer.from(JSON.stringify(index)), random)];
}

/** Every other one stays as it is, so that what lies behind it is reached. */
function spoil(bytes: Buffer, random: Random): Buffer {
  return random.oneIn(2) ? bytes : mutateBytes(bytes, random, random.pick(SOURCES));
}

function extras(random: Random, path: string): readonly string[] {
  const places = [
    path,
    '//evil.example/',
    'http://127.0.0.1:9/',
    'javascript:alert(1)',
    '\u001B[2J',
  ];
  const place = random.pick(places);
  if (!random.oneIn(4)) return [];
  return random.pick([
    [`Location: ${place}`],
    [`Link: <${place}>; rel="next"`],
    [`WWW-Authenticate: Bearer realm="${place}",service="\u001B[31m"`],
    [
      `WWW-Authenticate: ${noise(random, 60)
        .toString('latin1')
        .replaceAll(/[\r\n]/gu, '')}`,
    ],
    ['Content-Encoding: gzip'],
    [`Docker-Content-Digest: ${DIGEST}`],
    ['Transfer-Encoding: chunked'],
  ]);
}

function noise(random: Random, limit: number): Buffer {
  return Buffer.from(Array.from({ length: 1 + random.below(limit) }, () => random.below(256)));
}
