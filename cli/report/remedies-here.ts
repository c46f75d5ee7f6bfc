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
  for (const { detail } of candidates) {
    const [, hash] = /\((auto|sha256) would fit\)$/u.exec(detail ?? '') ?? [];
    if (hash === undefined) continue;
    const remedy = `if that key is known to hash so, say --hash ${hash}`;
    return { ...finding, message: `${finding.message}; ${detail}`, remedy };
  }
  return finding;
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

function remedyForConnection(
  { code, message }: Refusal,
  { plainHttp }: Circumstances,
): string | undefined {
  if (code === 'REGISTRY_AUTH')
    return 'check the credentials for the registry, and that the image is named right';
  if (code !== 'REGISTRY_UNREACHABLE') return undefined;
  if (plainHttp && /UND_ERR_SOCKET|HPE_/u.test(message))
    return 'if the registry speaks TLS, leave out --plain-http';
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|EPROTO|HPE_/u.test(message))
    return 'if the registry speaks plain HTTP, say --plain-http';
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_/u.test(message))
    return 'trust the CA of the registry: NODE_EXTRA_CA_CERTS=<file with its certificate>';
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
