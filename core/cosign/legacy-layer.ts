import type { RejectedCandidate, SoundCandidate, Store } from '../verdict/evidence.ts';
import { decodeBase64 } from './base64.ts';
import { digestOf } from './digest.ts';
import {
  isObject,
  readObject,
  readString,
  refuseUnknownMembers,
  stringMembers,
} from './json-fields.ts';
import { LIMITS } from './limits.ts';
import type { Descriptor } from './manifest.ts';
import { PAYLOAD_TYPE, SIGNATURE_ANNOTATION, SIMPLE_SIGNING } from './media-types.ts';
import { catchRefusal, Refusal } from './refusal.ts';
import { parseStrictJson, type JsonObject } from './strict-json.ts';

export interface LegacyLayer {
  readonly descriptor: Descriptor;
  /** The layer's bytes as stored: never inflated, never re-serialised. */
  readonly blob: Uint8Array;
  /** Of the image: the payload must claim exactly this. */
  readonly digest: string;
  readonly store: Store;
  readonly manifestDigest: string;
}

/** One layer of a legacy ("simple signing") signature: cosign.md section 11 step 2, all but the key trials. Never throws. */
export function parseLegacyLayer(layer: LegacyLayer): SoundCandidate | RejectedCandidate {
  const { store, manifestDigest } = layer;
  const parsed = catchRefusal(() => ({ ok: true as const, candidate: readLayer(layer) }));
  if (parsed.ok) return parsed.candidate;
  return { kind: 'rejected', store, manifestDigest, code: parsed.code, detail: parsed.detail };
}

/**
 * Checks that need the descriptor only. A fetcher calls it before it spends a request on the blob; undefined: worth fetching.
 */
export function refuseLegacyDescriptor(descriptor: Descriptor): Refusal | undefined {
  if (descriptor.mediaType !== SIMPLE_SIGNING)
    return new Refusal('MEDIA_TYPE', 'the layer is not a simple-signing payload');
  if (descriptor.foreign) return new Refusal('FOREIGN_LAYER', 'the layer names foreign URLs');
  if (descriptor.size > LIMITS.legacyPayloadBytes)
    return new Refusal(
      'LIMIT_BYTES',
      `the payload is longer than ${LIMITS.legacyPayloadBytes} bytes`,
    );
  return undefined;
}

function readLayer({
  descriptor,
  blob,
  digest,
  store,
  manifestDigest,
}: LegacyLayer): SoundCandidate {
  const refusal = refuseLegacyDescriptor(descriptor);
  if (refusal !== undefined) throw refusal;
  const signature = readSignature(descriptor);
  if (blob.byteLength !== descriptor.size)
    throw new Refusal(
      'CONTENT_SIZE_MISMATCH',
      'the payload has another length than its descriptor says',
    );
  if (digestOf(blob) !== descriptor.digest)
    throw new Refusal(
      'CONTENT_DIGEST_MISMATCH',
      'the payload does not hash to the digest of its descriptor',
    );
  const claims = readPayload(blob, digest);
  const blobDigest = descriptor.digest;
  return {
    kind: 'sound',
    store,
    format: 'legacy',
    manifestDigest,
    blobDigest,
    signedBytes: blob,
    signature,
    claims,
  };
}

function readSignature(descriptor: Descriptor): Uint8Array {
  const text = descriptor.annotations.get(SIGNATURE_ANNOTATION);
  if (text === undefined || text === '')
    throw new Refusal('SIGNATURE_MISSING', `the layer has no annotation ${SIGNATURE_ANNOTATION}`);
  const signature = decodeBase64(text);
  if (signature === undefined)
    throw new Refusal('BASE64_INVALID', 'the signature annotation is not standard base64');
  return signature;
}

/** The claims of a payload, for this image; throws a `Refusal`. */
export function readPayload(blob: Uint8Array, digest: string): SoundCandidate['claims'] {
  const json = parseStrictJson(blob, LIMITS.legacyPayloadBytes);
  if (!json.ok) throw new Refusal(json.code, json.detail);
  const payload = json.value;
  refuseUnknownMembers(payload, ['critical', 'optional'], 'the payload');
  if (!payload.has('critical')) throw missingClaim();
  const critical = readObject(payload, 'critical');
  refuseUnknownMembers(critical, ['identity', 'image', 'type'], 'critical');
  checkImageClaim(critical, digest);
  if (critical.get('type') !== PAYLOAD_TYPE)
    throw new Refusal('PAYLOAD_TYPE', `critical.type is not "${PAYLOAD_TYPE}"`);
  const identity = readObject(critical, 'identity');
  refuseUnknownMembers(identity, ['docker-reference'], 'critical.identity');
  const reference = readString(identity, 'docker-reference');
  return { digest, reference, annotations: readOptional(payload) };
}

function checkImageClaim(critical: JsonObject, digest: string): void {
  if (!critical.has('image')) throw missingClaim();
  const image = readObject(critical, 'image');
  refuseUnknownMembers(image, ['docker-manifest-digest'], 'critical.image');
  if (!image.has('docker-manifest-digest')) throw missingClaim();
  if (image.get('docker-manifest-digest') !== digest)
    throw new Refusal('CLAIM_DIGEST_MISMATCH', 'the signed payload is about another image');
}

function missingClaim(): Refusal {
  return new Refusal('CLAIM_DIGEST_MISSING', 'the payload does not say which image it is about');
}

function readOptional(payload: JsonObject): ReadonlyMap<string, string> {
  const optional = payload.get('optional');
  if (optional === undefined || optional === null) return new Map();
  if (!isObject(optional)) throw new Refusal('JSON_FIELD', 'optional is not an object');
  return stringMembers(optional);
}
