import { describe, expect, it } from '@jest/globals';
import type { KeySet } from '../../../../core/keys/key-set.ts';
import { formatTime } from '../../../../core/keys/time.ts';
import type { SeenVersion } from '../../../../worker/observe/vault-reading.ts';
import type { Observation } from '../../../../worker/plan/observation.ts';
import { planKeySet, type Plan } from '../../../../worker/plan/plan-key-set.ts';
import {
  entry,
  followingKeySet,
  KEY,
  keyOf,
  keySet,
  NOW,
  observation,
  reading,
  seen,
  v,
  without,
} from '../fixtures.ts';

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_none, index) => from + index);
const limited = (limit: number, exclude: readonly string[] = []) => ({
  versions: { follow: true, exclude, limit },
});
const states = ({ status }: Plan) =>
  Object.fromEntries(status.versions.map(({ version, state }) => [version, state]));
const condition = ({ status }: Plan, type: string) =>
  status.conditions.find((each) => each.type === type);

/** A KeySet in step with these versions of its vault, and the next look at it. */
function look(
  before: readonly SeenVersion[],
  after: readonly SeenVersion[],
  {
    spec,
    edited,
    ...change
  }: Partial<Observation> & {
    readonly spec?: Partial<KeySet['spec']>;
    readonly edited?: Partial<KeySet['spec']>;
  } = {},
) {
  const set = keySet({ spec: spec ?? {} });
  const settled = planKeySet(observation({ keySet: set, readings: [reading(before)] }));
  const next: KeySet = {
    ...set,
    status: settled.status,
    generation: edited === undefined ? 1 : 2,
    spec: { ...set.spec, ...edited },
  };
  const seenNext = observation({ keySet: next, readings: [reading(after)], ...change });
  return { keySet: next, observation: seenNext, plan: planKeySet(seenNext) };
}

const four = range(1, 4).map((number) => seen(number));
/** A script that runs wild: three more versions, and a limit of four. */
const flooded = range(1, 7).map((number) => seen(number));

describe('a loss that nobody asked for', () => {
  it('of more than half of the trusted versions is held back, and says what to do', () => {
    const { plan } = look(four, flooded, { spec: limited(4) });
    expect(states(plan)).toMatchObject({ [v(1)]: 'trusted', [v(2)]: 'trusted', [v(3)]: 'trusted' });
    expect(plan.held).toHaveLength(3);
    const { status, reason, message } = condition(plan, 'TrustHeld') ?? {};
    expect([status, reason]).toEqual(['True', 'TooManyAtOnce']);
    expect(message).toContain('3 versions would lose their trust at once');
    expect(message).toContain(`"path":"/spec/versions/exclude/-","value":"${v(1)}"`);
    const held = plan.status.versions.find(({ version }) => version === v(1));
    expect(held?.reason).toMatch(/^HELD.*raise spec\.versions\.limit/u);
    expect(held?.since).toBe(formatTime(NOW));
    expect(plan.events).toContainEqual({
      type: 'Warning',
      reason: 'TrustHeldTooManyAtOnce',
      message,
    });
  });

  it('takes the new versions in all the same', () => {
    expect(look(four, flooded, { spec: limited(4) }).plan.status.trusted).toBe(7);
  });

  it('is held back however many versions come at once', () => {
    const flood = range(1, 250).map((number) => seen(number));
    const { plan } = look(four, flood, { spec: limited(4) });
    expect([plan.held.length, plan.status.trusted]).toEqual([4, 8]);
    expect(plan.status.versions).toHaveLength(200);
  });

  it('of no more than the share is not held back', () => {
    const six = range(1, 6).map((number) => seen(number));
    const { plan } = look(four, six, { spec: limited(4) });
    expect(states(plan)).toMatchObject({ [v(1)]: 'superseded', [v(2)]: 'superseded' });
    expect(condition(plan, 'TrustHeld')?.status).toBe('False');
  });

  it('is what the configuration says', () => {
    const six = range(1, 6).map((number) => seen(number));
    const held = (holdAbovePercent: number) =>
      look(four, six, { spec: limited(4), holdAbovePercent }).plan.held.length;
    expect([held(49), held(50), held(100)]).toEqual([2, 0, 0]);
  });

  it('is not the one version that a rotation supersedes', () => {
    const { plan } = look([seen(1)], [seen(1), seen(2)], { spec: limited(1) });
    expect(states(plan)).toEqual({ [v(1)]: 'superseded', [v(2)]: 'trusted' });
  });

  it('is a vault that forgets when versions were made', () => {
    const spec = { versions: { baseline: [v(1)], follow: true, exclude: [], limit: 20 } };
    const undated = four.map((each) => without(each, 'createdOn'));
    const { plan } = look(four, undated, { spec });
    expect(plan.status.trusted).toBe(4);
    expect(plan.held).toHaveLength(3);
  });
});

describe('what was asked for is never held back', () => {
  it.each<[string, (each: SeenVersion) => SeenVersion]>([
    ['enabled: false', (each) => ({ ...each, enabled: false })],
    ['a date in the past, with Deny', (each) => ({ ...each, expiresOn: NOW })],
    ['a date in the future', (each) => ({ ...each, notBefore: NOW + 1000 })],
    [
      'another key, which is tampering',
      (each) => ({ ...each, key: { ok: true, key: keyOf('x').loaded } }),
    ],
  ])('%s of each', (_what, change) => {
    const { plan } = look(four, four.map(change), { spec: { expiredKeys: 'Deny' } });
    expect([plan.status.trusted, plan.held]).toEqual([0, []]);
  });

  it('404 for each', () => {
    const deleted = new Set(range(1, 4).map(v));
    const { plan } = look(four, [], { readings: [reading([], { deleted })] });
    expect([plan.status.trusted, plan.held]).toEqual([0, []]);
  });

  it('a revocation of each', () => {
    const findRevocation = () => ({ name: 'leak', resourceVersion: '1', reason: 'leaked' });
    const { plan } = look(four, four, { findRevocation });
    expect([plan.status.trusted, plan.held]).toEqual([0, []]);
  });

  it('a person’s edit of the spec', () => {
    const { plan } = look(four, four, { edited: limited(1) });
    expect([plan.status.trusted, plan.held]).toEqual([1, []]);
  });

  it('an entry whose key is not sound: there is nothing to keep', () => {
    const { keySet: set } = look(four, four, { spec: limited(4) });
    const versions = set.status.versions.map((each) => ({
      ...each,
      publicKeyPem: keyOf('planted').loaded.pem,
    }));
    const plan = planKeySet(
      observation({
        keySet: { ...set, status: { ...set.status, versions } },
        readings: [reading(flooded.map((each) => without(each, 'key')))],
      }),
    );
    expect(plan.status.trusted).toBe(0);
  });
});

describe('what is held', () => {
  const held = () => {
    const { plan, keySet: set } = look(four, flooded, { spec: limited(4) });
    return { ...set, status: plan.status };
  };
  const again = (change: {
    readonly spec?: Partial<KeySet['spec']>;
    readonly generation?: number;
  }) => {
    const set = held();
    const { generation = set.generation } = change;
    const next = { ...set, generation, spec: { ...set.spec, ...change.spec } };
    return planKeySet(observation({ keySet: next, readings: [reading(flooded)] }));
  };

  it('stays so at the next look, without another word', () => {
    const plan = again({});
    expect([plan.status.trusted, plan.writeStatus, plan.events]).toEqual([7, 'no', []]);
  });

  it('survives an edit that does not speak of it', () => {
    expect(again({ generation: 2, spec: { sweepIntervalSeconds: 9 } }).status.trusted).toBe(7);
  });

  it('goes by the line that the condition gives, one as well as all', () => {
    const one = again({ generation: 2, spec: limited(4, [v(1)]) });
    expect(states(one)).toMatchObject({
      [v(1)]: 'notFollowed',
      [v(2)]: 'trusted',
      [v(3)]: 'trusted',
    });
    const all = again({ generation: 2, spec: limited(4, [v(1), v(2), v(3)]) });
    expect([all.status.trusted, all.held]).toEqual([4, []]);
  });

  it('is trusted without a but when the limit is raised', () => {
    const plan = again({ generation: 2, spec: limited(20) });
    expect([plan.status.trusted, plan.held]).toEqual([7, []]);
    expect(plan.events).toContainEqual(
      expect.objectContaining({ type: 'Normal', reason: 'TrustHeldNothingHeld' }),
    );
  });

  it('is not kept from a revocation or a disablement', () => {
    const set = held();
    const all = flooded.map((each) => (each.version === v(1) ? { ...each, enabled: false } : each));
    const findRevocation = ({ version }: { version: string }) =>
      version === v(2) ? { name: 'leak', resourceVersion: '1', reason: 'leaked' } : undefined;
    const plan = planKeySet(observation({ keySet: set, readings: [reading(all)], findRevocation }));
    expect(states(plan)).toMatchObject({
      [v(1)]: 'disabled',
      [v(2)]: 'revoked',
      [v(3)]: 'trusted',
    });
  });
});

describe('a provider that is not there', () => {
  const missing = { kind: 'unusable', reason: 'ProviderMissing', problems: ['gone'] } as const;
  const set = followingKeySet('akv', { status: { trusted: 2, versions: [entry(1), entry(2)] } });
  const first = planKeySet(observation({ keySet: set, provider: missing }));
  const at = (now: number, change: Partial<Observation> = {}) =>
    planKeySet(
      observation({ keySet: { ...set, status: first.status }, provider: missing, now, ...change }),
    );

  it('keeps its trust for a minute, for it may be being made again', () => {
    expect(first.status.trusted).toBe(2);
    expect(condition(first, 'TrustHeld')).toMatchObject({
      status: 'True',
      reason: 'ProviderMissing',
    });
    expect(first.nextChangeAt).toBe(NOW + 60_000);
    expect(at(NOW + 59_999).status.trusted).toBe(2);
  });

  it('loses it then, at that moment', () => {
    const plan = at(NOW + 60_000);
    expect(plan.status.trusted).toBe(0);
    expect(condition(plan, 'TrustHeld')?.status).toBe('False');
    expect(plan.events).toContainEqual(expect.objectContaining({ reason: 'TrustLost' }));
  });

  it('cannot be used to keep what is revoked', () => {
    const findRevocation = ({ version }: { version: string }) =>
      version === v(1) ? { name: 'leak', resourceVersion: '1', reason: 'leaked' } : undefined;
    expect(states(at(NOW + 1000, { findRevocation }))).toEqual({
      [v(1)]: 'revoked',
      [v(2)]: 'trusted',
    });
  });

  it('keeps an inline key too', () => {
    const { pem, fingerprint } = keyOf('inline').loaded;
    const inline = entry(1, {
      vaultUri: '',
      name: '',
      version: '',
      publicKeyPem: pem,
      fingerprint,
    });
    const of = followingKeySet('in', { status: { trusted: 1, versions: [inline] } });
    const plan = planKeySet(observation({ keySet: of, provider: missing }));
    expect(plan.status).toMatchObject({
      trusted: 1,
      versions: [{ state: 'trusted', fingerprint }],
    });
  });

  it('that cannot be read contributes no trust at once', () => {
    const provider = { ...missing, reason: 'ProviderInvalid' } as const;
    expect(planKeySet(observation({ keySet: set, provider })).status.trusted).toBe(0);
  });
});

it('names its key in no event but by name and version', () => {
  const { plan } = look(four, flooded, { spec: limited(4) });
  for (const { message } of plan.events) expect(message).not.toContain('BEGIN');
  expect(plan.events[0]?.message).toContain(`${KEY}/${v(7)}`);
});
