import type { CandidateReport } from './describe-candidates.ts';
import type { Finding } from './image-report.ts';
import type { KeySetOrigin } from '../trust/key-set-origin.ts';

/** What the words of a remedy depend on. */
export interface Circumstances {
  readonly origins: ReadonlyMap<string, KeySetOrigin>;
  readonly hasConfig: boolean;
  readonly plainHttp: boolean;
  readonly tlog: 'ignore' | 'require';
}

type Refusal = Exclude<Finding, { kind: 'allow' }>;

/** Of a signature that a key given made with another hash: the option that fits. The verdict stays what it is. */
export function adviseHash(finding: Finding, candidates: readonly CandidateReport[]): Finding {
  if (finding.kind !== 'deny' || finding.code !== 'SIGNATURE_INVALID') return finding;
  for (const { from, otherHash } of candidates.flatMap(({ keysTried }) => keysTried)) {
    if (otherHash === null) continue;
    const message = `it is signed by ${from}, but not with the hash expected of such a key: ${otherHash} would fit`;
    const remedy = `if that key is known to hash so, say --hash ${otherHash}`;
    return { ...finding, message, remedy };
  }
  return finding;
}

/** Before any signature was looked for: only the way to the registry can be mended. */
export function inWordsFromRegistry<T extends Refusal>(
  refusal: T,
  circumstances: Pick<Circumstances, 'plainHttp'>,
): T {
  const remedy = remedyForConnection(refusal, circumstances);
  return remedy === undefined ? refusal : { ...refusal, remedy };
}

/** The remedies of core speak to somebody with a cluster; here the same reasons have other ways out. */
export function inWordsFromHere(finding: Finding, circumstances: Circumstances): Finding {
  if (finding.kind === 'allow') return finding;
  const remedy = remedyOf(finding, circumstances);
  return remedy === undefined ? finding : { ...finding, remedy };
}

function remedyOf(finding: Refusal, circumstances: Circumstances): string | undefined {
  return (
    remedyForConnection(finding, circumstances) ??
    remedyForPolicy(finding, circumstances) ??
    remedyForKey(finding, circumstances)
  );
}

/** Whoever asks looks from here, whatever the trust is of. */
export function remedyForConnection(
  { code, message }: Pick<Refusal, 'code' | 'message'>,
  { plainHttp }: Pick<Circumstances, 'plainHttp'>,
): string | undefined {
  if (code === 'REGISTRY_AUTH')
    return message.includes('KEYWARD_REGISTRY_CREDENTIAL_HELPERS')
      ? 'set KEYWARD_REGISTRY_CREDENTIAL_HELPERS=on to let the helper run'
      : 'log in to the registry (docker login), and check that the image is named right';
  if (code === 'REGISTRY_REDIRECT_REFUSED')
    return 'the registry sends keyward to a private place: if that is right, name it in KEYWARD_REGISTRY_ALLOWED_HOSTS=<host:port>';
  if (code !== 'REGISTRY_UNREACHABLE') return undefined;
  if (plainHttp && /UND_ERR_SOCKET|HPE_/u.test(message))
    return 'if the registry speaks TLS, leave out --plain-http';
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|EPROTO|HPE_/u.test(message))
    return 'if the registry speaks plain HTTP, say --plain-http';
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_/u.test(message))
    return 'trust the CA of the registry: NODE_EXTRA_CA_CERTS=<file with its certificate>; --insecure-skip-tls-verify looks all the same';
  return 'retry; check the name, and that the registry can be reached from here';
}

/** By code; a code that is not there keeps the words of core. */
function remedyForPolicy(
  { code }: Refusal,
  { hasConfig, tlog }: Circumstances,
): string | undefined {
  const lines: Readonly<Record<string, string | undefined>> = {
    NO_POLICY:
      'add a scope that covers the image to a Verifier, or a KeySet with spec.images, to the files given',
    SIGNATURE_INVALID: hasConfig
      ? 'if the key that made the signature is right, add it to the policy; else sign the image with a key of the policy'
      : 'if the key that made the signature is right, give it with --key; else sign the image with one of those given',
    NO_SIGNATURE:
      'sign this digest: cosign sign --key <key> <image>@<digest>, with --recursive where the platforms of an index are meant; signatures kept elsewhere: --signature-repository',
    KEY_UNSUPPORTED:
      'give a key that keyward verifies with: P-256, P-384, P-521, or RSA of 2048, 3072 or 4096 bits',
    KEY_WEAK: 'replace that key, and sign the image with a new one',
    TLOG_UNSUPPORTED:
      tlog === 'require' ? 'leave out --tlog require, or verify with cosign as well' : undefined,
    POLICY_UNSUPPORTED: 'correct the policy in the file',
    KEY_UNKNOWN: hasConfig ? 'add the provider, or its keys, to the files given' : undefined,
  };
  return lines[code];
}

const SIGN_AGAIN = 'sign the image again with a trusted version';

function remedyForKey(finding: Refusal, { origins }: Circumstances): string | undefined {
  const signedBy = 'signedBy' in finding ? finding.signedBy : undefined;
  const origin = signedBy === undefined ? undefined : origins.get(signedBy.keySet);
  if (origin?.kind === 'key' && finding.code === 'KEY_EXPIRED')
    return `${SIGN_AGAIN}; to accept what an expired key signed, give a KeySet with expiredKeys: Trust by --config`;
  if (origin?.kind === 'adopted' && finding.code === 'KEY_NOT_FOLLOWED')
    return `${SIGN_AGAIN}; or list the version in ${origin.kmp.kind} ${origin.kmp.name}`;
  return undefined;
}
