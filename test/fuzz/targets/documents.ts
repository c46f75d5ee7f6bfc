/** The JSON documents of cosign's two formats and of the registry. */
import { isDeepStrictEqual } from 'node:util';
import { parseManifest, type Manifest } from '../../../core/cosign/manifest.ts';
import { classifyReferrer, readSignatureTag } from '../../../core/cosign/signature-store.ts';
import { parseStrictJson, type JsonValue } from '../../../core/cosign/strict-json.ts';
import type { Candidate } from '../../../core/verdict/evidence.ts';
import {
  BUNDLE,
  bundle,
  bundleOf,
  bytesOf,
  DIGEST,
  HEX,
  IN_TOTO,
  legacy,
  OTHER_DIGEST,
  preAuthentication,
  SIGNATURE_ANNOTATION,
  simpleSigning,
  SIMPLE_SIGNING,
  statementOf,
} from '../../support/signatures.ts';
import { promise, type Target } from '../target.ts';
import { VECTOR_BLOBS } from '../vector-blobs.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

// oxlint-disable-next-line typescript/no-explicit-any -- what a lenient parser sees, whatever it is
const lenient = (bytes: Uint8Array): any => JSON.parse(Buffer.from(bytes).toString('utf8'));

function toPlain(value: JsonValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, item]) => [name, toPlain(item)]));
  return Array.isArray(value) ? value.map((item: JsonValue) => toPlain(item)) : value;
}

/** The answer of a lenient parser; undefined where it refuses as well, or is no object. */
function lenientObject(bytes: Uint8Array): unknown {
  try {
    const value: unknown = lenient(bytes);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const strictJson: Target = {
  name: 'strict-json',
  seeds: () => [bytesOf(simpleSigning()), bytesOf('{"a":[1.5e3,-0,true,null,"\\u00fc\\n"],"":{}}')],
  run: (bytes) => {
    const parsed = parseStrictJson(bytes, 1024 * 1024);
    if (!parsed.ok) {
      const isOwnReason = parsed.code !== 'JSON_MALFORMED' || lenientObject(bytes) === undefined;
      promise(isOwnReason, 'what JSON.parse reads as an object is refused for a reason of its own');
      return parsed.code;
    }
    // The JSON.parse of Node 24 confuses names that hold a quote or a backslash (test/property/strict-json.test.ts).
    const isComparable = !/\\["\\]/.test(Buffer.from(bytes).toString('utf8'));
    const isSame = !isComparable || isDeepStrictEqual(toPlain(parsed.value), { ...lenient(bytes) });
    promise(isSame, 'what is read means what JSON.parse says');
    return 'ok';
  },
};

const outcomeOf = (candidate: Candidate): string =>
  candidate.kind === 'sound' ? 'sound' : candidate.code;

const legacyPayload: Target = {
  name: 'legacy-payload',
  seeds: () => [
    bytesOf(simpleSigning()),
    bytesOf(simpleSigning(DIGEST, {}, { optional: { env: 'prod', n: 1 } })),
    bytesOf(simpleSigning(OTHER_DIGEST)),
    ...VECTOR_BLOBS.payloads,
  ],
  run: (bytes) => {
    const candidate = legacy({ payload: bytes, signature: 'AAAA' });
    if (candidate.kind !== 'sound') return candidate.code;
    const { critical, ...rest } = lenient(bytes);
    promise(critical.image['docker-manifest-digest'] === DIGEST, 'the payload is about this image');
    promise(critical.type === 'cosign container image signature', 'the payload is a signature');
    const names = [...Object.keys(critical), ...Object.keys(rest)].toSorted().join();
    promise(/^identity,image,(optional,)?type$/.test(names), 'the payload has the known members');
    promise(Buffer.from(candidate.signedBytes).equals(bytes), 'the signed bytes are those stored');
    return 'sound';
  },
};

/** The first byte says what becomes of the descriptor; the rest is the signature annotation. */
const legacyLayer: Target = {
  name: 'legacy-layer',
  seeds: () =>
    ['0AAAA', '1AAAA', '2AAAA', '3AAAA', '4AAAA', '5AAAA'].map((text) => Buffer.from(text)),
  run: (bytes) => {
    const spoilt = [
      {},
      { foreign: true },
      { mediaType: 'text/plain' },
      { digest: OTHER_DIGEST },
      { size: 1 },
      { size: 65_537 },
    ][((bytes[0] ?? 0x30) - 0x30) & 7];
    const signature = Buffer.from(bytes.subarray(1)).toString('utf8');
    const candidate = legacy({
      signature,
      ...(spoilt === undefined ? {} : { descriptor: spoilt }),
    });
    const isPlain = spoilt === undefined || Object.keys(spoilt).length === 0;
    // The descriptor that replaces members keeps the annotations.
    promise(isPlain || candidate.kind !== 'sound', 'a descriptor that is not right is refused');
    if (candidate.kind === 'sound') {
      const text = Buffer.from(candidate.signature).toString('base64');
      promise(text === signature && text !== '', 'a signature has one spelling');
    }
    return outcomeOf(candidate);
  },
};

const statement: Target = {
  name: 'statement',
  seeds: () => [
    bytesOf(statementOf()),
    bytesOf(
      statementOf(DIGEST, {
        subject: [{ name: 'a', digest: { sha256: HEX }, annotations: { a: 'b' } }],
      }),
    ),
    bytesOf(statementOf(OTHER_DIGEST)),
    ...VECTOR_BLOBS.statements,
  ],
  run: (bytes) => {
    const candidate = bundle({ statement: bytes, signature: 'AAAA' });
    if (candidate.kind !== 'sound') return candidate.code;
    const { subject, predicateType, _type } = lenient(bytes);
    const digests = subject.map((each: { digest: { sha256?: unknown } }) => each.digest.sha256);
    promise(digests.includes(HEX), 'the statement is about this image');
    promise(predicateType === 'https://sigstore.dev/cosign/sign/v1', 'it is an image signature');
    promise(_type === 'https://in-toto.io/Statement/v1', 'it is a statement');
    promise(subject.length <= 1024, 'its subjects are capped');
    return 'sound';
  },
};

const bundleTarget: Target = {
  name: 'bundle',
  seeds: () => [
    bytesOf(bundleOf({ signature: 'AAAA' })),
    bytesOf(
      bundleOf({
        signature: 'AAAA',
        material: {
          publicKey: { hint: Buffer.alloc(32).toString('base64') },
          tlogEntries: [{ logIndex: '1' }],
          timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: 'AAAA' }] },
        },
        envelope: { signatures: [{ sig: 'AAAA', keyid: '' }] },
      }),
    ),
    ...VECTOR_BLOBS.bundles,
  ],
  run: (bytes) => {
    const candidate = bundle({ text: bytes });
    if (candidate.kind !== 'sound') return candidate.code;
    const { mediaType, verificationMaterial, dsseEnvelope, ...rest } = lenient(bytes);
    promise(mediaType === BUNDLE && Object.keys(rest).length === 0, 'it is a bundle and no more');
    promise(!('certificate' in verificationMaterial), 'no certificate comes with it');
    promise(dsseEnvelope.signatures.length === 1, 'it has one signature');
    const encoded = preAuthentication(Buffer.from(dsseEnvelope.payload, 'base64'), IN_TOTO);
    promise(encoded.equals(candidate.signedBytes), 'what is signed is its encoding');
    return candidate.hint === undefined ? 'sound' : 'sound-with-hint';
  },
};

const descriptor = { mediaType: 'text/plain', digest: DIGEST, size: 5 };
const manifestOf = (members: object) =>
  bytesOf({ schemaVersion: 2, mediaType: OCI, config: descriptor, layers: [], ...members });
const subject = descriptor;

function describeManifest(parsed: Manifest): string {
  if (parsed.kind === 'index') return 'index';
  const referrer = classifyReferrer(parsed, DIGEST);
  const tag = readSignatureTag(parsed);
  promise(!tag.ok || tag.layers.length <= 100, 'the layers of a signature are capped');
  if (!referrer.ok) return `image ${referrer.code}`;
  if (referrer.kind === 'foreign') return `image foreign ${tag.ok ? 'tag' : tag.code}`;
  promise(parsed.subject?.digest === DIGEST, 'a referrer names this image as its subject');
  if (referrer.kind === 'bundle')
    promise(
      parsed.layers.length === 1 && referrer.layer.mediaType === BUNDLE,
      'a bundle is one layer',
    );
  else promise(referrer.layers.length <= 100, 'the layers of a referrer are capped');
  return `image ${referrer.kind}`;
}

const manifest: Target = {
  name: 'manifest',
  seeds: () => [
    bytesOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [descriptor] }),
    manifestOf({
      config: { ...descriptor, mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: [
        {
          ...descriptor,
          mediaType: SIMPLE_SIGNING,
          annotations: { [SIGNATURE_ANNOTATION]: 'AAAA' },
        },
      ],
    }),
    manifestOf({ artifactType: BUNDLE, layers: [{ ...descriptor, mediaType: BUNDLE }], subject }),
    manifestOf({ layers: [{ ...descriptor, mediaType: SIMPLE_SIGNING, urls: ['x'] }], subject }),
    manifestOf({ artifactType: 'application/vnd.dev.sigstore.bundle.v0.9+json', subject }),
    manifestOf({ mediaType: 'application/vnd.docker.distribution.manifest.v2+json' }),
    ...VECTOR_BLOBS.manifests,
  ],
  run: (bytes) => {
    const parsed = parseManifest(bytes);
    if (!parsed.ok) return parsed.code;
    const document = lenient(bytes);
    const isIndex = 'manifests' in document;
    promise(isIndex !== 'layers' in document, 'a document is an index or an image, never both');
    promise(isIndex === (parsed.manifest.kind === 'index'), 'and is read as what it is');
    promise(!parseManifest(bytes, isIndex ? OCI : OCI_INDEX).ok, 'and as nothing else');
    return describeManifest(parsed.manifest);
  },
};

export const DOCUMENTS: readonly Target[] = [
  strictJson,
  legacyPayload,
  legacyLayer,
  statement,
  bundleTarget,
  manifest,
];
