import type { Condition, KeySet } from '../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import { formatTime, parseTime } from '../../core/keys/time.ts';
import type { VaultProblem } from '../observe/vault-reading.ts';
import { tamperingSuspected, trustHeld, type Finding } from './guard-conditions.ts';
import type { HeldTrust } from './hold-trust.ts';
import type { Observation } from './observation.ts';
import type { ProviderSync } from './provider-sync.ts';

const DAY_MS = 86_400_000;
const EXPIRING_SOON_DAYS = 30;
/** How long before its end a version is told of. */
export const EXPIRING_SOON_MS = EXPIRING_SOON_DAYS * DAY_MS;

/** Every vault problem of an observation; none means that the vault was read in full. */
export function vaultProblems(observation: Observation): readonly VaultProblem[] {
  return observation.readings.flatMap((reading) =>
    reading.kind === 'failed' ? [reading.problem] : reading.problems,
  );
}

/** The conditions, each with its old transition time while its status stays. */
export function planConditions(
  observation: Observation,
  versions: readonly KeyVersionStatus[],
  held: HeldTrust,
  sync: ProviderSync | undefined,
): readonly Condition[] {
  const findings = [
    ready(observation, versions),
    vaultReachable(observation),
    trustHeld(observation, held),
    tamperingSuspected(versions),
    ...(sync === undefined ? [] : [{ type: 'ProviderInSync', ...sync }]),
    expiredKeysTrusted(versions, observation.now),
    expiringSoon(versions, observation.now),
  ];
  return findings.map((finding) => settle(finding, observation.keySet, observation.now));
}

function settle(finding: Finding, keySet: KeySet, now: number): Condition {
  const before = keySet.status.conditions.find(({ type }) => type === finding.type);
  const unchanged = before?.status === finding.status && before.lastTransitionTime !== '';
  const isSameFault = before?.status === 'False' && before.reason === finding.reason;
  return {
    ...finding,
    // Azure's and Ratify's messages carry new ids and times at each attempt: the first one stays while the fault is the same.
    message: isSameFault && isQuoted(finding) ? before.message : finding.message,
    lastTransitionTime: unchanged ? before.lastTransitionTime : formatTime(now),
    observedGeneration: keySet.generation,
  };
}

function isQuoted({ type, status, reason }: Finding): boolean {
  return status === 'False' && (type === 'VaultReachable' || reason === 'ProviderReportsError');
}

function ready(observation: Observation, versions: readonly KeyVersionStatus[]): Finding {
  const { provider, keySet } = observation;
  const type = 'Ready';
  if (provider?.kind === 'unusable') {
    const message = provider.problems.slice(0, 3).join('; ');
    return { type, status: 'False', reason: provider.reason, message };
  }
  const trusted = versions.filter(({ state }) => state === 'trusted').length;
  if (trusted > 0) {
    const message = `${trusted} of ${versions.length} versions trusted`;
    return { type, status: 'True', reason: 'Trusting', message };
  }
  const neverRead = keySet.status.lastReconciledTime === undefined;
  if (neverRead && vaultProblems(observation).length > 0)
    return { type, status: 'False', reason: 'NeverRead', message: 'the vault was never read' };
  const message =
    versions.length === 0
      ? 'the vault has no such key'
      : 'no version is trusted: see status.versions for the reason of each';
  return { type, status: 'False', reason: 'NoTrustedVersion', message };
}

/** No age in the text: it would change, and so be written, at every sweep. */
function vaultReachable(observation: Observation): Finding {
  const type = 'VaultReachable';
  const [problem] = vaultProblems(observation);
  if (problem !== undefined) {
    const reason = reasonWord(problem.code);
    const last = lastFullRead(observation) ?? 'never';
    const message = `${problem.message}; last read in full: ${last}; what was known then stays`;
    return { type, status: 'False', reason, message };
  }
  if (observation.readings.length === 0) {
    const message = 'no vault to read';
    return { type, status: 'Unknown', reason: 'NoVault', message };
  }
  return { type, status: 'True', reason: 'Read', message: 'every key was read' };
}

/** When all keys of the set were last read: by this process, or as the status remembers; undefined: never. */
export function lastFullRead({ keySet, lastFullReadAt }: Observation): string | undefined {
  const told = keySet.status.lastReconciledTime;
  const toldAt = told === undefined ? undefined : parseTime(told);
  if (lastFullReadAt === undefined || (toldAt ?? -Infinity) >= lastFullReadAt) return told;
  return formatTime(lastFullReadAt);
}

/** `VAULT_THROTTLED` → `VaultThrottled`: a condition's reason is CamelCase by convention. */
function reasonWord(code: string): string {
  return code
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function expiredKeysTrusted(versions: readonly KeyVersionStatus[], now: number): Finding {
  const expired = trustedUntil(versions, (expiresOn) => expiresOn <= now);
  return flag('ExpiredKeysTrusted', expired, {
    yes: 'ExpiredTrusted',
    no: 'NoneExpired',
    text: 'expired and still trusted (spec.expiredKeys: Trust)',
  });
}

function expiringSoon(versions: readonly KeyVersionStatus[], now: number): Finding {
  const limit = now + EXPIRING_SOON_MS;
  const soon = trustedUntil(versions, (expiresOn) => expiresOn > now && expiresOn <= limit);
  return flag('ExpiringSoon', soon, {
    yes: 'Expiring',
    no: 'NoneExpiring',
    text: `expire within ${EXPIRING_SOON_DAYS} days`,
  });
}

function flag(
  type: string,
  found: readonly string[],
  words: { readonly yes: string; readonly no: string; readonly text: string },
): Finding {
  if (found.length === 0) return { type, status: 'False', reason: words.no, message: '' };
  const message = `${words.text}: ${found.slice(0, 5).join(', ')}`;
  return { type, status: 'True', reason: words.yes, message };
}

function trustedUntil(
  versions: readonly KeyVersionStatus[],
  test: (expiresOn: number) => boolean,
): readonly string[] {
  return versions
    .filter(({ state, expiresOn }) => {
      const time = expiresOn === undefined ? undefined : parseTime(expiresOn);
      return state === 'trusted' && time !== undefined && test(time);
    })
    .map(({ name, version }) => `${name}/${version}`);
}
