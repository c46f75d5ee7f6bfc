import { describe, expect, it } from '@jest/globals';
import type { Journey } from './lease-server.ts';
import { createContest } from './lease-setup.ts';

describe('a process that wants to lead', () => {
  it('creates the lease and leads', async () => {
    const { clock, server, enter, pass } = createContest();
    const alice = enter('alice');
    expect(alice.elector.isLeader()).toBe(false);
    await pass(0);
    expect([alice.isActive(), alice.elector.isLeader()]).toEqual([true, true]);
    const now = new Date(clock.now()).toISOString().replace('Z', '000Z');
    expect(server.spec()).toEqual({
      holderIdentity: 'alice',
      leaseDurationSeconds: 15,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    });
  });

  it.each<[string, { holderIdentity?: string | null }]>([
    ['nobody holds', { holderIdentity: '' }],
    ['has no holder', { holderIdentity: null }],
    ['was never held', {}],
  ])('takes a lease at once that %s', async (_what, spec) => {
    const { server, enter, pass } = createContest();
    server.put({ ...spec, leaseTransitions: 4 });
    const alice = enter('alice');
    await pass(0);
    expect(alice.isActive()).toBe(true);
    expect(server.spec()).toMatchObject({ holderIdentity: 'alice', leaseTransitions: 5 });
  });

  it('takes its own lease back at once after a restart, and counts no transition', async () => {
    const { server, enter, pass } = createContest();
    server.put({ holderIdentity: 'alice', acquireTime: 'then', leaseTransitions: 4 });
    const alice = enter('alice');
    await pass(0);
    expect(alice.isActive()).toBe(true);
    expect(server.spec()).toMatchObject({ acquireTime: 'then', leaseTransitions: 4 });
  });

  it('waits for the duration that a silent holder has named, by its own clock alone', async () => {
    const { server, enter, pass } = createContest();
    // The holder's times are nonsense: nobody reads them.
    server.put({
      holderIdentity: 'bob',
      leaseDurationSeconds: 30,
      renewTime: '1970-01-01T00:00:00Z',
    });
    const alice = enter('alice');
    await pass(29_000);
    expect(alice.isActive()).toBe(false);
    await pass(2000);
    expect(alice.isActive()).toBe(true);
  });

  it('waits anew whenever the holder gives a sign of life', async () => {
    const { server, enter, pass } = createContest();
    server.put({ holderIdentity: 'bob' });
    const alice = enter('alice');
    for (let round = 0; round < 5; round += 1) {
      await pass(14_000);
      server.put({ holderIdentity: 'bob' });
    }
    expect(alice.isActive()).toBe(false);
    await pass(17_000);
    expect(alice.isActive()).toBe(true);
  });

  it('keeps trying while the API server is out of reach', async () => {
    let journey: Journey = { lost: 'request' };
    const { enter, pass } = createContest();
    const alice = enter('alice', () => journey);
    await pass(60_000);
    expect(alice.isActive()).toBe(false);
    journey = {};
    await pass(1000);
    expect(alice.isActive()).toBe(true);
  });

  it('ends without having led when it is stopped', async () => {
    const { clock, server, enter, pass } = createContest();
    server.put({ holderIdentity: 'bob' });
    const alice = enter('alice');
    await pass(500);
    alice.stop();
    await expect(alice.ended).resolves.toBeUndefined();
    expect([alice.terms(), clock.pending()]).toEqual([0, 0]);
    expect(server.spec()).toEqual({ holderIdentity: 'bob' });
  });
});

describe('a leader', () => {
  it('renews every fifth of the duration and stays', async () => {
    const { server, enter, pass } = createContest();
    const alice = enter('alice');
    await pass(60_000);
    expect([alice.isActive(), alice.terms()]).toEqual([true, 1]);
    expect(server.requests.filter((call) => call.endsWith('replace'))).toHaveLength(20);
    expect(server.spec()).toMatchObject({ holderIdentity: 'alice', leaseTransitions: 0 });
  });

  it('stays over a short outage', async () => {
    let journey: Journey = {};
    const { enter, pass } = createContest();
    const alice = enter('alice', () => journey);
    await pass(5000);
    journey = { lost: 'request' };
    await pass(6000);
    journey = {};
    await pass(30_000);
    expect([alice.isActive(), alice.terms()]).toEqual([true, 1]);
  });

  it('stays when only the answer to its own renewal was lost', async () => {
    let journey: Journey = {};
    const { enter, pass } = createContest();
    const alice = enter('alice', (call) => (call === 'replace' ? journey : {}));
    await pass(2500);
    journey = { lost: 'answer' };
    await pass(1000);
    journey = {};
    await pass(30_000);
    expect([alice.isActive(), alice.terms()]).toEqual([true, 1]);
  });

  it.each<[string, Journey]>([
    ['are refused', { lost: 'request' }],
    ['hang', { toServerMs: 1e9 }],
    ['hang on their way back', { toClientMs: 1e9 }],
  ])(
    'gives up two thirds of the duration after its last renewal when requests %s',
    async (_what, fault) => {
      let journey: Journey = {};
      const { enter, pass } = createContest();
      const alice = enter('alice', () => journey);
      // Renewed at 3000 ms, the last time.
      await pass(3000);
      journey = fault;
      await pass(9750);
      expect([alice.isActive(), alice.elector.isLeader()]).toEqual([true, true]);
      await pass(500);
      expect([alice.isActive(), alice.elector.isLeader()]).toEqual([false, false]);
    },
  );

  it('counts from when its renewal was sent, not from when the answer came', async () => {
    let journey: Journey = {};
    const { enter, pass } = createContest();
    const alice = enter('alice', () => journey);
    await pass(2750);
    journey = { toClientMs: 6000 };
    // Sent at 3000 ms and answered at 9000: it may lead until 13 000, not until 19 000.
    await pass(6500);
    journey = { lost: 'request' };
    await pass(3500);
    expect(alice.isActive()).toBe(true);
    await pass(500);
    expect(alice.isActive()).toBe(false);
  });

  it.each([
    ['somebody else took the lease', 'bob'],
    ['somebody freed the lease', ''],
  ])('stops when %s', async (_what, holderIdentity) => {
    const { server, enter, pass } = createContest();
    const alice = enter('alice');
    await pass(500);
    server.put({ holderIdentity, leaseDurationSeconds: 3600 });
    await pass(3000);
    expect(alice.isActive()).toBe(holderIdentity === '');
    expect(alice.terms()).toBe(holderIdentity === '' ? 2 : 1);
    expect(server.spec()?.holderIdentity).toBe(holderIdentity === '' ? 'alice' : 'bob');
  });

  it('leads anew after the lease was deleted', async () => {
    const { server, enter, pass } = createContest();
    const alice = enter('alice');
    await pass(500);
    server.remove();
    await pass(5000);
    expect(alice.isActive()).toBe(true);
    expect(server.spec()?.holderIdentity).toBe('alice');
  });

  it('frees the lease when it is stopped, and the next one leads within a second', async () => {
    const { server, enter, pass } = createContest();
    const alice = enter('alice');
    await pass(100);
    const bob = enter('bob');
    await pass(5000);
    alice.stop();
    await pass(0);
    await expect(alice.ended).resolves.toBeUndefined();
    expect(server.spec()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    await pass(1000);
    expect([alice.isActive(), bob.isActive()]).toEqual([false, true]);
  });

  it('keeps the lease until its work has ended', async () => {
    const { server, enter, pass } = createContest();
    const alice = enter('alice');
    const release = alice.hold();
    await pass(100);
    alice.stop();
    await pass(2000);
    expect(server.spec()?.holderIdentity).toBe('alice');
    expect(alice.elector.isLeader()).toBe(false);
    release();
    await alice.ended;
    expect(server.spec()?.holderIdentity).toBe('');
  });

  it('does not free a lease that is not its own any more', async () => {
    const { server, enter, pass } = createContest();
    const alice = enter('alice');
    await pass(100);
    server.put({ holderIdentity: 'bob' });
    alice.stop();
    await alice.ended;
    expect(server.spec()).toEqual({ holderIdentity: 'bob' });
  });

  it('ends even if it cannot free the lease', async () => {
    let journey: Journey = {};
    const { server, enter, pass } = createContest();
    const alice = enter('alice', () => journey);
    await pass(100);
    journey = { lost: 'request' };
    alice.stop();
    await expect(alice.ended).resolves.toBeUndefined();
    expect(server.spec()?.holderIdentity).toBe('alice');
  });

  it('whose work fails frees the lease and says why', async () => {
    const { server, enter, pass } = createContest();
    const alice = enter('alice');
    await pass(100);
    alice.fail(new Error('work is broken'));
    await expect(alice.ended).rejects.toThrow('work is broken');
    expect(server.spec()?.holderIdentity).toBe('');
  });
});
