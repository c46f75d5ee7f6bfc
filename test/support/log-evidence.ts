/** Evidence of log and time in the shapes that cosign stores, genuine or with a lie in it: for tests that keyward never takes it for proof. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { element } from './der.ts';
import { signBytes, signerOf, type Signer } from './signing.ts';

type Members = Readonly<Record<string, unknown>>;

const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** The log whose key a verifier would know. */
export const LOG = signerOf('P-256', 'transparency log');

/** What is said to have been logged: `signature` over `bytes` by `signer`. */
export interface Logged {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly signer: Signer;
}

export interface EntryOptions {
  /** Seconds since the epoch. */
  readonly integratedTime?: number;
  /** By which log; none: no promise. */
  readonly promisedBy?: Signer | null;
  readonly kind?: string;
  /** Text in place of a checkpoint. */
  readonly checkpoint?: string;
}

/** Rekor's `hashedrekord` 0.0.1, as canonical JSON. */
function bodyOf({ bytes, signature, signer }: Logged, kind: string): Buffer {
  const spec = {
    data: { hash: { algorithm: 'sha256', value: sha256(bytes).toString('hex') } },
    signature: { content: base64(signature), publicKey: { content: base64(signer.pem) } },
  };
  return Buffer.from(JSON.stringify({ apiVersion: '0.0.1', kind, spec }));
}

function entryOf(logged: Logged, options: EntryOptions) {
  const { integratedTime = 1_700_000_000, kind = 'hashedrekord', promisedBy = LOG } = options;
  const body = base64(bodyOf(logged, kind));
  const logID = sha256(LOG.publicKey.export({ format: 'der', type: 'spki' })).toString('hex');
  // Members in canonical order: this text is what the log signs.
  const signed = { body, integratedTime, logID, logIndex: 7 };
  const promise =
    promisedBy === null ? undefined : signBytes(promisedBy, Buffer.from(JSON.stringify(signed)));
  return { ...signed, promise, kind };
}

/** The annotation `dev.sigstore.cosign/bundle` of a legacy layer. */
export function logAnnotation(
  logged: Logged,
  options: EntryOptions = {},
): Readonly<Record<string, string>> {
  const { body, integratedTime, logID, logIndex, promise } = entryOf(logged, options);
  const SignedEntryTimestamp = promise === undefined ? '' : base64(promise);
  const Payload = { body, integratedTime, logIndex, logID };
  return { 'dev.sigstore.cosign/bundle': JSON.stringify({ SignedEntryTimestamp, Payload }) };
}

/** One of `tlogEntries` of a bundle. */
export function logEntry(logged: Logged, options: EntryOptions = {}): Members {
  const { body, integratedTime, logID, logIndex, promise, kind } = entryOf(logged, options);
  const { checkpoint } = options;
  return {
    logIndex: `${logIndex}`,
    logId: { keyId: base64(Buffer.from(logID, 'hex')) },
    kindVersion: { kind, version: '0.0.1' },
    integratedTime: `${integratedTime}`,
    ...(promise === undefined
      ? {}
      : { inclusionPromise: { signedEntryTimestamp: base64(promise) } }),
    ...(checkpoint === undefined
      ? {}
      : {
          inclusionProof: {
            logIndex: '7',
            rootHash: base64(sha256(Buffer.from(checkpoint))),
            treeSize: '8',
            hashes: [base64(sha256(Buffer.from('sibling')))],
            checkpoint: { envelope: checkpoint },
          },
        }),
    canonicalizedBody: body,
  };
}

export interface TokenOptions {
  /** What it is over: the raw signature, where nobody lies. */
  readonly imprintOf: Uint8Array;
  /** As ASN.1 writes it: `20260101000000Z`. */
  readonly genTime?: string;
  /** 0: granted. */
  readonly status?: number;
  /** Words that stand for the certificates in the bag, in their order. */
  readonly certificates?: readonly string[];
}

/** An RFC 3161 response in outline: status, content type, imprint, time and a bag of certificates. */
export function timestampToken(options: TokenOptions): Buffer {
  const { imprintOf, genTime = '20260101000000Z', status = 0 } = options;
  const { certificates = ['CN=tsa, EKU critical timeStamping'] } = options;
  const info = element(
    0x30,
    element(0x02, Buffer.from([1])),
    element(0x30, element(0x04, sha256(imprintOf))),
    element(0x18, Buffer.from(genTime)),
  );
  const bag = element(
    0xa0,
    ...certificates.map((name) => element(0x30, element(0x0c, Buffer.from(name)))),
  );
  const signedData = element(0x06, Buffer.from('2a864886f70d010702', 'hex'));
  return element(
    0x30,
    element(0x30, element(0x02, Buffer.from([status]))),
    element(0x30, signedData, element(0xa0, element(0x30, element(0x04, info), bag))),
  );
}

/** The annotation `dev.sigstore.cosign/rfc3161timestamp` of a legacy layer. */
export function timestampAnnotation(token: Uint8Array): Readonly<Record<string, string>> {
  const text = JSON.stringify({ SignedRFC3161Timestamp: base64(token) });
  return { 'dev.sigstore.cosign/rfc3161timestamp': text };
}

/** `timestampVerificationData` of a bundle. */
export function timestampData(...tokens: readonly Uint8Array[]): Members {
  return { rfc3161Timestamps: tokens.map((token) => ({ signedTimestamp: base64(token) })) };
}
