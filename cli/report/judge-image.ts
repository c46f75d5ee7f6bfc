import type { TrustView } from '../../core/keys/trust-view.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { decide } from '../../core/verdict/decide.ts';
import type { Evidence } from '../../core/verdict/evidence.ts';
import { soundCandidates } from '../../core/verdict/try-policy.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import { decideWithTrials } from '../../webhook/decide/decide-with-trials.ts';
import type { VerificationMemo } from '../../webhook/evidence/verification-memo.ts';
import type { VaultProblem } from '../../worker/observe/vault-reading.ts';
import type { Finding } from './image-report.ts';

/** A person waits: every key may be tried on every signature. */
const TRIAL_BUDGET_MICROSECONDS = 30_000_000;

export interface JudgeQuestion {
  readonly image: string;
  readonly evidence: Evidence;
  readonly policies: readonly Policy[];
  readonly trust: TrustView;
  readonly now: number;
  readonly memo: VerificationMemo;
}

export async function judgeEvidence(question: JudgeQuestion): Promise<Verdict> {
  const { memo, ...input } = question;
  return decideWithTrials((verifies) => decide({ ...input, verifies }), {
    memo,
    budgetMicroseconds: TRIAL_BUDGET_MICROSECONDS,
    signal: () => undefined,
  });
}

/**
 * The verdict where some key sets could not be read. What is allowed is allowed by keys that were read. A denial stands where it needs
 * no unread key: for a policy that was read in full, or an image with no signature that any key could have made.
 */
export async function judgeWithUnread(
  question: JudgeQuestion,
  unread: ReadonlyMap<string, VaultProblem>,
): Promise<Finding> {
  const verdict = await judgeEvidence(question);
  if (verdict.kind !== 'deny' || unread.size === 0) return verdict;
  const problemOf = ({ unsupported, keySets }: Policy): VaultProblem | undefined =>
    unsupported === undefined
      ? keySets.flatMap(({ keySet }) => unread.get(keySet) ?? [])[0]
      : undefined;
  const [problem] = question.policies.flatMap((policy) => problemOf(policy) ?? []);
  if (problem === undefined || soundCandidates(question.evidence).length === 0) return verdict;
  const known = question.policies.filter((policy) => problemOf(policy) === undefined);
  const byKnown =
    known.length === 0 ? undefined : await judgeEvidence({ ...question, policies: known });
  if (byKnown?.kind === 'deny') return byKnown;
  return {
    kind: 'unavailable',
    code: problem.code as Extract<Finding, { kind: 'unavailable' }>['code'],
    message: `could not find out which keys to trust: ${new URL(problem.vaultUri).host} could not be read: ${problem.message}`,
    remedy: remedyForVault(problem),
  };
}

function remedyForVault({ code, message }: VaultProblem): string {
  // A proxy's or a firewall's refusal has the status of the vault's, and other words.
  if (message.includes('not one of Key Vault'))
    return 'somebody between here and the vault answered: check HTTPS_PROXY, NO_PROXY and the network';
  return VAULT_REMEDIES[code] ?? 'retry; docs/errors.md says more of the code';
}

const VAULT_REMEDIES: Readonly<Record<string, string>> = {
  VAULT_FORBIDDEN:
    'let the identity read keys: role "Key Vault Crypto User" or a role with keys/read; and see the firewall of the vault',
  VAULT_IDENTITY:
    'check AZURE_TENANT_ID, AZURE_CLIENT_ID, the token in AZURE_FEDERATED_TOKEN_FILE and the federated credential',
  VAULT_THROTTLED: 'retry later; the vault limits the rate of requests',
  VAULT_UNREACHABLE: 'retry; check the name of the vault, DNS, HTTPS_PROXY and NODE_EXTRA_CA_CERTS',
  VAULT_TIMEOUT: 'retry; the vault answers too slowly',
};
