import { describe, expect, it } from '@jest/globals';
import { describeStatus } from '../../../worker/leader-status.ts';
import { NOW } from './fixtures.ts';

describe('/statusz', () => {
  it('of one that does not lead says only that', () => {
    expect(describeStatus(undefined)).toEqual({ leader: false });
  });

  it('of the leader tells queue, bus, promises and the last reconcile of each KeySet', () => {
    const status = describeStatus({
      queueHealthy: true,
      bus: {
        connected: false,
        failedAttempts: 3,
        lastSuccessAt: NOW,
        lastError: { code: 'BUS_UNREACHABLE', message: 'SharedAccessKey=hunter2', at: NOW },
      },
      reconciles: new Map([['keyward-system/prod', { at: NOW, outcome: 'changed' }]]),
      sweepSeconds: new Map([['https://contoso.vault.azure.net', 5]]),
    });
    expect(status).toEqual({
      leader: true,
      queue: { healthy: true },
      bus: {
        connected: false,
        failedAttempts: 3,
        lastSuccess: '2026-11-01T12:00:00Z',
        lastError: { code: 'BUS_UNREACHABLE', at: '2026-11-01T12:00:00Z' },
      },
      vaults: [{ vaultUri: 'https://contoso.vault.azure.net', effectiveSweepSeconds: 5 }],
      keySets: [
        { name: 'keyward-system/prod', lastReconcile: '2026-11-01T12:00:00Z', outcome: 'changed' },
      ],
    });
  });

  it('tells that no events are configured', () => {
    const bare = {
      queueHealthy: false,
      bus: undefined,
      reconciles: new Map(),
      sweepSeconds: new Map(),
    };
    expect(describeStatus(bare)['bus']).toBeNull();
  });
});
