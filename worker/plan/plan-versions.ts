import type { KeyState, KeyVersionStatus } from '../../core/keys/key-version.ts';
import { formatTime } from '../../core/keys/time.ts';
import { hasChangedKey, newestFirst, type VersionFacts } from '../../core/keys/version-facts.ts';
import {
  judgeVersions,
  revokedBy,
  type Judgement,
  type StatePolicy,
} from '../../core/keys/version-states.ts';
import type { ProviderSource } from '../observe/provider-source.ts';
import type { KeyReading } from '../observe/vault-reading.ts';
import { awaitsRecreation } from './hold-trust.ts';
import type { Observation } from './observation.ts';
import { entriesOf, factsOf, lastKnown, WITHDRAWN } from './version-facts.ts';

const STATUS_LIMIT = 200;

/** The entries of the next status, newest first: as many as its schema takes. */
export function planVersions(
  observation: Observation,
  heldOut: ReadonlySet<string>,
): readonly KeyVersionStatus[] {
  const { keySet, provider, findRevocation, now } = observation;
  const policy: StatePolicy = {
    keySet: `${keySet.namespace}/${keySet.name}`,
    spec: keySet.spec,
    findRevocation,
    heldOut,
    now,
  };
  if (provider?.kind === 'unusable' && awaitsRecreation(observation) === undefined)
    return withdrawAll(observation, provider);
  const pem = provider?.kind === 'inline' ? provider.pem : inlinePemOf(observation);
  if (pem !== undefined) return [planInline(pem, observation)];
  const readings =
    provider?.kind === 'unusable' ? recallReadings(observation) : observation.readings;
  const judged = readings.flatMap((reading) => {
    const known = entriesOf(keySet.status, reading.source);
    return [...judgeVersions(factsOf(reading, known, observation.readPem), policy)];
  });
  return keepMost(judged, keySet.spec.versions.baseline)
    .toSorted(([first], [second]) => newestFirst(first, second))
    .map(([facts, judgement]) => toStatus(facts, judgement, now));
}

/** While its provider is being made again: the inline key that it held. */
function inlinePemOf({ provider, keySet }: Observation): string | undefined {
  if (provider?.kind !== 'unusable') return undefined;
  return keySet.status.versions.find(({ vaultUri }) => vaultUri === '')?.publicKeyPem;
}

/** The keys that the status knows, as though their vault were away: revocations and dates act, and nothing else changes. */
function recallReadings({ keySet }: Observation): readonly KeyReading[] {
  const places = new Map(
    keySet.status.versions.map(({ vaultUri, name }) => [`${vaultUri} ${name}`, { vaultUri, name }]),
  );
  return [...places.values()].map((source) => ({
    kind: 'failed',
    source,
    problem: { vaultUri: source.vaultUri, code: '', message: '' },
  }));
}

/**
 * Of too many, the oldest go that neither are trusted nor anchor "newer than": what the status has no room for must not change what
 * is trusted.
 */
function keepMost(
  judged: readonly (readonly [VersionFacts, Judgement])[],
  baseline: readonly string[] = [],
): readonly (readonly [VersionFacts, Judgement])[] {
  if (judged.length <= STATUS_LIMIT) return judged;
  const matters = ([facts, { state }]: readonly [VersionFacts, Judgement]): boolean =>
    state === 'trusted' ||
    // One that loses its trust now: whether it may is yet to be decided (`holdTrust`).
    facts.previous?.state === 'trusted' ||
    baseline.includes(facts.version);
  return judged
    .toSorted(
      (first, second) =>
        Number(matters(second)) - Number(matters(first)) || newestFirst(first[0], second[0]),
    )
    .slice(0, STATUS_LIMIT);
}

/** What a version stays although its provider says nothing usable: each is untrusted, and more must not be forgotten. */
const KEPT: readonly KeyState[] = ['disabled', 'deleted', 'unsupported', 'unknown'];

/** An object that says nothing usable contributes no trust (DESIGN decision 10); its keys stay in view, to name them in denials. */
function withdrawAll(
  { keySet, readPem, now }: Observation,
  provider: Extract<ProviderSource, { kind: 'unusable' }>,
): readonly KeyVersionStatus[] {
  const reason = `${WITHDRAWN}${provider.problems[0] ?? provider.reason}`;
  return keySet.status.versions.map((status) =>
    KEPT.includes(status.state) && !status.reason.startsWith(WITHDRAWN)
      ? status
      : toStatus(lastKnown(status, readPem), { state: 'unknown', reason }, now),
  );
}

function planInline(
  pem: string,
  { keySet, readPem, findRevocation, now }: Observation,
): KeyVersionStatus {
  const load = readPem(pem);
  const fingerprint = load.ok ? load.key.fingerprint : undefined;
  const previous = keySet.status.versions.find((status) => status.fingerprint === fingerprint);
  const id = { vaultUri: '', name: '', version: '' };
  const revocation = findRevocation({ ...id, fingerprint });
  const facts: VersionFacts = {
    ...id,
    presence: 'present',
    enabled: true,
    key: load,
    ...(previous === undefined ? {} : { previous }),
  };
  if (!load.ok) return toStatus(facts, { state: 'unsupported', reason: load.detail }, now);
  const judgement: Judgement =
    revocation === undefined ? { state: 'trusted', reason: 'given inline' } : revokedBy(revocation);
  return toStatus(facts, judgement, now);
}

function toStatus(facts: VersionFacts, judgement: Judgement, now: number): KeyVersionStatus {
  const { previous } = facts;
  const unchanged = previous?.state === judgement.state && previous.since !== '';
  return {
    vaultUri: facts.vaultUri,
    name: facts.name,
    version: facts.version,
    state: judgement.state,
    reason: judgement.reason,
    since: unchanged ? previous.since : formatTime(now),
    ...(facts.createdOn === undefined ? {} : { createdOn: formatTime(facts.createdOn) }),
    ...(facts.notBefore === undefined ? {} : { notBefore: formatTime(facts.notBefore) }),
    ...(facts.expiresOn === undefined ? {} : { expiresOn: formatTime(facts.expiresOn) }),
    ...keyFields(facts),
  };
}

/**
 * Of a key that is not known now, or that is another than before, the entry keeps what it held: the fingerprint, so that no second
 * read makes a changed key look familiar, and the PEM, so that a denial can name the key.
 */
function keyFields(facts: VersionFacts): Partial<KeyVersionStatus> {
  const { key, previous } = facts;
  if (key?.ok === true && !hasChangedKey(facts)) {
    const { algorithm, fingerprint, pem } = key.key;
    return { algorithm, fingerprint, publicKeyPem: pem };
  }
  return {
    ...(previous?.algorithm === undefined ? {} : { algorithm: previous.algorithm }),
    ...(previous?.fingerprint === undefined ? {} : { fingerprint: previous.fingerprint }),
    ...(previous?.publicKeyPem === undefined ? {} : { publicKeyPem: previous.publicKeyPem }),
  };
}
