/** Legacy layers and bundles as a registry holds them, with sane defaults: a test names only what it makes different. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { parseBundle, type BundleBlob } from '../../core/cosign/bundle.ts';
import { parseLegacyLayer, type LegacyLayer } from '../../core/cosign/legacy-layer.ts';
import type { Descriptor } from '../../core/cosign/manifest.ts';
import type { RejectedCandidate, SoundCandidate, Store } from '../../core/verdict/evidence.ts';
import { marshalGoJson } from '../../sandbox/signer/go-json.ts';
import { signBytes, signerOf, type Signer, type SignOptions } from './signing.ts';

export const HEX = 'a1'.repeat(32);
export const DIGEST = `sha256:${HEX}`;
export const OTHER_DIGEST = `sha256:${'b2'.repeat(32)}`;
export const REPOSITORY = 'contoso.azurecr.io/team/app';

export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const IN_TOTO = 'application/vnd.in-toto+json';
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';

type Members = Readonly<Record<string, unknown>>;
/** Text and bytes stand as they are; anything else is written as Go writes JSON. A member that is `undefined` is left out. */
export type Content = string | Uint8Array | Members;

export function bytesOf(content: Content): Buffer {
  if (content instanceof Uint8Array) return Buffer.from(content);
  return Buffer.from(typeof content === 'string' ? content : marshalGoJson(content));
}

export function digestOfBytes(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The payload of a legacy signature; `critical` and `rest` replace members. */
export function simpleSigning(digest = DIGEST, critical: Members = {}, rest: Members = {}) {
  return {
    critical: {
      identity: { 'docker-reference': REPOSITORY },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
      ...critical,
    },
    optional: null,
    ...rest,
  };
}

export interface LegacyOptions extends SignOptions {
  readonly signer?: Signer;
  readonly payload?: Content;
  /** Of the image that it is offered for. */
  readonly digest?: string;
  /** In place of a real one: bytes, or the text of the annotation as it stands. */
  readonly signature?: Uint8Array | string;
  readonly descriptor?: Partial<Descriptor>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly store?: Store;
  readonly manifestDigest?: string;
}

export function legacyLayer(options: LegacyOptions = {}): LegacyLayer {
  const { digest = DIGEST, store = 'signature-tag', signer = signerOf() } = options;
  const blob = bytesOf(options.payload ?? simpleSigning(digest));
  const signature = options.signature ?? signBytes(signer, blob, options);
  const text =
    typeof signature === 'string' ? signature : Buffer.from(signature).toString('base64');
  return {
    blob,
    digest,
    store,
    manifestDigest: options.manifestDigest ?? digestOfBytes(Buffer.from(`manifest of ${text}`)),
    descriptor: {
      mediaType: SIMPLE_SIGNING,
      digest: digestOfBytes(blob),
      size: blob.byteLength,
      annotations: new Map([
        [SIGNATURE_ANNOTATION, text],
        ...Object.entries(options.annotations ?? {}),
      ]),
      foreign: false,
      ...options.descriptor,
    },
  };
}

export function statementOf(digest = DIGEST, members: Members = {}) {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: digest.replace('sha256:', '') } }],
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    predicate: {},
    ...members,
  };
}

/** DSSE v1, on its own: what the code under test must agree with. */
export function preAuthentication(payload: Uint8Array, type = IN_TOTO): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

export interface BundleOptions extends SignOptions {
  readonly signer?: Signer;
  readonly statement?: Content;
  readonly digest?: string;
  /** In place of the pre-authentication encoding of the statement. */
  readonly signedBytes?: Uint8Array;
  readonly signature?: Uint8Array | string;
  /** In place of the signer's own; `null`: none. */
  readonly hint?: string | null;
  /** Members that replace those of the envelope, the verification material and the bundle itself. */
  readonly envelope?: Members;
  readonly material?: Members;
  readonly members?: Members;
  /** In place of the whole JSON. */
  readonly text?: Content;
  readonly store?: Store;
  readonly manifestDigest?: string;
}

export function bundleBlob(options: BundleOptions = {}): BundleBlob {
  const { digest = DIGEST, store = 'referrers' } = options;
  const blob = bytesOf(options.text ?? bundleOf(options));
  return {
    blob,
    digest,
    store,
    manifestDigest: options.manifestDigest ?? digestOfBytes(Buffer.concat([blob, blob])),
    blobDigest: digestOfBytes(blob),
  };
}

export function bundleOf(options: BundleOptions = {}): Members {
  const { digest = DIGEST, signer = signerOf(), hint = hintOf(signer) } = options;
  const payload = bytesOf(options.statement ?? statementOf(digest));
  const signature =
    options.signature ??
    signBytes(signer, options.signedBytes ?? preAuthentication(payload), options);
  return {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: hint === null ? {} : { hint }, ...options.material },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: IN_TOTO,
      signatures: [
        {
          sig:
            typeof signature === 'string' ? signature : Buffer.from(signature).toString('base64'),
        },
      ],
      ...options.envelope,
    },
    ...options.members,
  };
}

/** What cosign writes as a bundle's hint. */
export function hintOf({ fingerprint }: Signer): string {
  return Buffer.from(fingerprint.replace('sha256:', ''), 'hex').toString('base64');
}

export function legacy(options?: LegacyOptions): SoundCandidate | RejectedCandidate {
  return parseLegacyLayer(legacyLayer(options));
}

export function bundle(options?: BundleOptions): SoundCandidate | RejectedCandidate {
  return parseBundle(bundleBlob(options));
}
