import { describe, expect, it } from '@jest/globals';
import { createMessageHandler } from '../../../events/handle-message.ts';
import type { BusMessage } from '../../../platform/bus/hint-source.ts';
import type { Hint } from '../../../events/hint.ts';
import { createLogger } from '../../../platform/observe/logger.ts';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { cloudEvent, HINT, keyData } from './samples.ts';

function setUp(accept?: (hints: readonly Hint[]) => Promise<void>) {
  const lines: string[] = [];
  const accepted: Hint[] = [];
  const metrics = createMetrics();
  const handle = createMessageHandler({
    accept:
      accept ??
      ((hints) => {
        accepted.push(...hints);
        return Promise.resolve();
      }),
    logger: createLogger({
      level: 'debug',
      component: 'test',
      destination: { write: (line) => lines.push(line) },
    }),
    metrics,
  });
  const send = (body: unknown, change: Partial<BusMessage> = {}) =>
    handle({ id: 'message-1', body, deliveryCount: 0, ...change });
  const count = async (name: string, labels: Readonly<Record<string, string>>) => {
    const metric = await metrics.registry.getSingleMetric(name)?.get();
    return metric?.values.find(({ labels: found }) =>
      Object.entries(labels).every(([key, value]) => found[key] === value),
    )?.value;
  };
  return { send, lines, accepted, count };
}

describe('a message', () => {
  it('is completed once its hints were taken', async () => {
    const { send, accepted, count, lines } = setUp();
    expect(await send(cloudEvent())).toBe('complete');
    expect(accepted).toEqual([HINT]);
    expect(await count('keyward_events_received_total', { result: 'hint' })).toBe(1);
    expect(lines).toEqual([]);
  });

  it('is not completed before its hints were taken', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { send } = setUp(() => gate.promise);
    const handled = send(cloudEvent());
    const nextTurn = new Promise((resolve) => {
      setImmediate(resolve, 'waiting');
    });
    expect(await Promise.race([handled, nextTurn])).toBe('waiting');
    gate.resolve(undefined);
    expect(await handled).toBe('complete');
  });

  it('is given back when its hints could not be handed over, and the log says why', async () => {
    const { send, lines } = setUp(() => Promise.reject(new Error('queue is down')));
    expect(await send(cloudEvent(), { deliveryCount: 3 })).toBe('abandon');
    expect(JSON.parse(lines.join(''))).toMatchObject({
      level: 'warn',
      message: 'hints could not be handed over',
      messageId: 'message-1',
      deliveryCount: 3,
      error: { message: 'queue is down' },
    });
  });

  it('is given back when handing over throws at once', async () => {
    const { send } = setUp(() => {
      throw new TypeError('not ready');
    });
    expect(await send(cloudEvent())).toBe('abandon');
  });

  it('of no interest is completed without troubling anybody', async () => {
    let calls = 0;
    const { send, count, lines } = setUp(() => {
      calls += 1;
      return Promise.resolve();
    });
    const type = 'Microsoft.KeyVault.SecretNewVersionCreated';
    expect(await send([cloudEvent({ type }), cloudEvent({ type })])).toBe('complete');
    expect(calls).toBe(0);
    expect(await count('keyward_events_received_total', { result: 'ignored' })).toBe(2);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      Array.from({ length: 2 }, () => expect.objectContaining({ level: 'debug', type })),
    );
  });

  it.each<[string, unknown, string]>([
    ['that is not JSON', 'SharedAccessKey=QUJD rubbish', 'EVENT_NOT_JSON'],
    ['that is no event', { SharedAccessKey: 'QUJD' }, 'EVENT_ENVELOPE'],
    ['without data', cloudEvent({ data: { note: 'QUJD' } }), 'EVENT_DATA'],
    ['of a foreign key', cloudEvent({ data: keyData({ Id: 'https://QUJD/keys/x' }) }), 'EVENT_KEY'],
  ])('%s is dead-lettered with its reason, counted, and not quoted', async (_what, body, code) => {
    const { send, accepted, count, lines } = setUp();
    const outcome = await send(body);
    expect(outcome).toEqual({
      deadLetter: {
        reason: code,
        description: expect.stringMatching(/^[a-z].{10,120}$/u) as unknown,
      },
    });
    expect(accepted).toEqual([]);
    expect(await count('keyward_events_malformed_total', { code })).toBe(1);
    expect(await count('keyward_events_received_total', { result: 'hint' })).toBe(0);
    const [line = '', ...more] = lines;
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', code, messageId: 'message-1' });
    expect(more).toEqual([]);
    expect(`${line}${JSON.stringify(outcome)}`).not.toContain('QUJD');
  });

  it('shows both counters from the start, so that the first event is a rise', async () => {
    const { count } = setUp();
    expect(await count('keyward_events_received_total', { result: 'hint' })).toBe(0);
    expect(await count('keyward_events_malformed_total', { code: 'EVENT_KEY' })).toBe(0);
  });
});
