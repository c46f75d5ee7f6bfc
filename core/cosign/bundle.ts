import { Buffer } from 'node:buffer';
import type { RejectedCandidate, SoundCandidate, Store } from '../verdict/evidence.ts';
import { decodeBase64 } from './base64.ts';
import { digestOf } from './digest.ts';
import { readObject, readObjects, readString, refuseUnknownMembers } from './json-fields.ts';
import { LIMITS } from './limits.ts';
import { BUNDLE, IN_TOTO } from './media-types.ts';
import { encodePreAuthentication } from './pae.ts';
import { catchRefusal, Refusal } from './refusal.ts';
import { readStatement } from './statement.ts';
import { parseStrictJson, type JsonObject } from './strict-json.ts';

export interface BundleBlob {
  readonly blob: Uint8Array;
  /** Of the image. */
  readonly digest: string;
  readonly store: Store;
  readonly manifestDigest: string;
  /** As the layer's descriptor names it; the blob must hash to it. */
  readonly blobDigest: string;
}

/** A sigstore bundle v0.3 with a key signature: cosign.md section 11 step 3, all but the key trials. Never throws. */
export function parseBundle(bundle: BundleBlob): SoundCandidate | RejectedCandidate {
  const { store, manifestDigest } = bundle;
  const parsed = catchRefusal(() => ({ ok: true as const, candidate: readBundle(bundle) }));
  if (parsed.ok) return parsed.candidate;
  return { kind: 'rejected', store, manifestDigest, code: parsed.code, detail: parsed.detail };
}

function readBundle({
  blob,
  digest,
  store,
  manifestDigest,
  blobDigest,
}: BundleBlob): SoundCandidate {
  const json = parseStrictJson(blob, LIMITS.bundleBytes);
  if (!json.ok) throw new Refusal(json.code, json.detail);
  if (digestOf(blob) !== blobDigest)
    throw new Refusal(
      'CONTENT_DIGEST_MISMATCH',
      'the bundle does not hash to the digest of its descriptor',
    );
  const bundle = json.value;
  if (bundle.get('mediaType') !== BUNDLE)
    throw new Refusal('BUNDLE_VERSION', `mediaType is not ${BUNDLE}`);
  const content = ['mediaType', 'verificationMaterial', 'dsseEnvelope', 'messageSignature'];
  refuseUnknownMembers(bundle, content, 'the bundle');
  const hint = readKeyMaterial(readObject(bundle, 'verificationMaterial'));
  if (!bundle.has('dsseEnvelope') || bundle.has('messageSignature'))
    throw new Refusal('BUNDLE_CONTENT', 'the bundle must hold a DSSE envelope and nothing else');
  const { payload, signature } = readEnvelope(readObject(bundle, 'dsseEnvelope'));
  return {
    kind: 'sound',
    store,
    format: 'bundle',
    manifestDigest,
    blobDigest,
    signedBytes: encodePreAuthentication(IN_TOTO, payload),
    signature,
    hint,
    claims: readStatement(payload, digest),
  };
}

/** Key material is a public key's hint and nothing else; a key or certificate that came with the bundle is never used. */
function readKeyMaterial(material: JsonObject): string | undefined {
  if (
    material.has('certificate') ||
    material.has('x509CertificateChain') ||
    !material.has('publicKey')
  )
    throw new Refusal(
      'BUNDLE_KEY_MATERIAL',
      'the bundle is not signed with a plain key (keyless or by certificate)',
    );
  refuseUnknownMembers(
    material,
    ['publicKey', 'tlogEntries', 'timestampVerificationData'],
    'verificationMaterial',
  );
  refuseTooMuchEvidence(material);
  const publicKey = readObject(material, 'publicKey');
  refuseUnknownMembers(publicKey, ['hint'], 'publicKey');
  if (!publicKey.has('hint')) return undefined;
  const hint = decodeBase64(readString(publicKey, 'hint'));
  return hint?.byteLength === 32 ? `sha256:${Buffer.from(hint).toString('hex')}` : undefined;
}

/** No policy asks for log entries or timestamps yet: only their number matters (CVE-2024-45395), broken ones are ignored. */
function refuseTooMuchEvidence(material: JsonObject): void {
  const entries = objectsIn(material, 'tlogEntries');
  const timestamps = material.has('timestampVerificationData')
    ? objectsIn(readObject(material, 'timestampVerificationData'), 'rfc3161Timestamps').length
    : 0;
  if (entries.length > LIMITS.logEntries || timestamps > LIMITS.timestamps)
    throw new Refusal('LIMIT_TLOG', 'the bundle holds too many log entries or timestamps');
}

function objectsIn(parent: JsonObject, name: string): readonly JsonObject[] {
  return parent.has(name) ? readObjects(parent, name) : [];
}

function readEnvelope(envelope: JsonObject): { payload: Uint8Array; signature: Uint8Array } {
  refuseUnknownMembers(envelope, ['payload', 'payloadType', 'signatures'], 'the envelope');
  const signatures = readObjects(envelope, 'signatures');
  const [entry, ...others] = signatures;
  if (entry === undefined || others.length > 0)
    throw new Refusal(
      'DSSE_SIGNATURE_COUNT',
      `the envelope has ${signatures.length} signatures, not one`,
    );
  refuseUnknownMembers(entry, ['sig', 'keyid'], 'the signature');
  if (entry.has('keyid')) readString(entry, 'keyid');
  if (envelope.get('payloadType') !== IN_TOTO)
    throw new Refusal('DSSE_PAYLOAD_TYPE', `payloadType is not ${IN_TOTO}`);
  const signature = entry.has('sig') ? readBase64(entry, 'sig') : new Uint8Array();
  if (signature.byteLength === 0) throw new Refusal('SIGNATURE_MISSING', 'the signature is empty');
  return { payload: readBase64(envelope, 'payload'), signature };
}

function readBase64(parent: JsonObject, name: string): Uint8Array {
  const bytes = decodeBase64(readString(parent, name));
  if (bytes === undefined) throw new Refusal('BASE64_INVALID', `${name} is not standard base64`);
  return bytes;
}
