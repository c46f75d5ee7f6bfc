import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../../core/keys/key-set.ts';
import type { StateChange } from '../../../../worker/plan/plan-key-set.ts';
import { planEvents } from '../../../../worker/plan/plan-events.ts';

const change = (
  version: string,
  from: StateChange['from'],
  to: StateChange['to'],
): StateChange => ({
  name: 'key',
  version,
  from,
  to,
});
const condition = (
  type: string,
  status: Condition['status'],
  reason = 'Some',
  message = 'words',
): Condition => ({ type, status, reason, message, lastTransitionTime: '' });

describe('the events of a change of trust', () => {
  it('are one line per kind, with what is trusted now', () => {
    const changes = [
      change('a', 'new', 'trusted'),
      change('b', 'trusted', 'disabled'),
      change('c', 'new', 'notFollowed'),
      change('d', 'disabled', 'trusted'),
    ];
    expect(planEvents(changes, [], [], 2)).toEqual([
      {
        type: 'Normal',
        reason: 'Trusted',
        message: 'key/a is trusted, key/d was disabled, is trusted; 2 trusted now',
      },
      {
        type: 'Warning',
        reason: 'TrustLost',
        message: 'key/b was trusted, is disabled; 2 trusted now',
      },
      { type: 'Normal', reason: 'NotTrusted', message: 'key/c is notFollowed; 2 trusted now' },
    ]);
  });

  it('stay short, however many versions change', () => {
    const changes = Array.from({ length: 200 }, (_none, index) =>
      change(String(index).padStart(200, '0'), 'trusted', 'disabled'),
    );
    const events = planEvents(changes, [], [], 0);
    expect(events).toHaveLength(1);
    expect(events[0]?.message.length).toBeLessThanOrEqual(1000);
    const few = planEvents(
      changes.map((each, index) => ({ ...each, version: String(index) })),
      [],
      [],
      0,
    );
    expect(few[0]?.message).toContain('and 195 more');
  });

  it('call a key without a vault by what it is', () => {
    const inline = { ...change('', 'new', 'trusted'), name: '' };
    expect(planEvents([inline], [], [], 1)[0]?.message).toContain('inline key is trusted');
  });
});

describe('the events of conditions', () => {
  const turn = (before: readonly Condition[], after: readonly Condition[]) =>
    planEvents([], before, after, 1).map(({ type, reason }) => `${type} ${reason}`);

  it('tell each turn once, for the worse and for the better', () => {
    const bad = condition('VaultReachable', 'False', 'VaultUnreachable');
    const good = condition('VaultReachable', 'True', 'Read');
    expect(turn([good], [bad])).toEqual(['Warning VaultReachableVaultUnreachable']);
    expect(turn([bad], [{ ...bad, message: 'other words' }])).toEqual([]);
    expect(turn([bad], [good])).toEqual(['Normal VaultReachableRead']);
    expect(turn([good], [good])).toEqual([]);
  });

  it('tell one fault after another', () => {
    const one = condition('VaultReachable', 'False', 'VaultUnreachable');
    expect(turn([one], [{ ...one, reason: 'VaultForbidden' }])).toEqual([
      'Warning VaultReachableVaultForbidden',
    ]);
  });

  it('do not tell of a provider that is about to be written, nor of an ordinary first state', () => {
    expect(turn([], [condition('ProviderInSync', 'False', 'Writing')])).toEqual([]);
    expect(turn([], [condition('VaultReachable', 'True', 'Read')])).toEqual([]);
    expect(turn([], [condition('Ready', 'False', 'NoTrustedVersion')])).toEqual([]);
    const writing = condition('ProviderInSync', 'False', 'Writing');
    expect(turn([writing], [condition('ProviderInSync', 'True', 'InSync')])).toEqual([]);
  });
});
