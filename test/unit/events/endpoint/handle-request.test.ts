import { describe, expect, it } from '@jest/globals';
import { TOKEN_CODES } from '../../../../platform/http/token/verify-token.ts';
import { metricValue } from '../../../support/metric-value.ts';
import { waitUntil } from '../../../support/wait-until.ts';
import { cloudEvent, gridEvent, HINT, keyData } from '../samples.ts';
import { setUpEndpoint } from './setup.ts';

describe('a delivery', () => {
  it.each<[string, unknown, string]>([
    ['of one CloudEvent', cloudEvent(), 'application/cloudevents+json; charset=utf-8'],
    [
      'of a batch of CloudEvents',
      [cloudEvent(), cloudEvent()],
      'application/cloudevents-batch+json',
    ],
    ['in the Event Grid schema', [gridEvent()], 'application/json; charset=utf-8'],
  ])('%s is answered 200 once its hints are taken', async (_what, body, type) => {
    const { send, accepted, results, metrics, clock } = setUpEndpoint();
    expect(await send({ body, headers: { 'content-type': type } })).toMatchObject({ status: 200 });
    expect(accepted).toEqual([[HINT]]);
    expect(await results('taken')).toBe(1);
    expect(clock.pending()).toBe(0);
    const labels = { source: 'https', result: 'hint' };
    expect(await metricValue(metrics, 'keyward_events_received_total', labels)).toBe(1);
  });

  it('is not answered before its hints are taken', async () => {
    const { send, world } = setUpEndpoint();
    const gate = Promise.withResolvers<undefined>();
    world.accept = () => gate.promise;
    const answering = send({ body: cloudEvent() });
    const nextTurn = new Promise((resolve) => {
      setImmediate(resolve, 'waiting');
    });
    expect(await Promise.race([answering, nextTurn])).toBe('waiting');
    gate.resolve(undefined);
    expect(await answering).toMatchObject({ status: 200 });
  });

  it('comes again when its hints are not taken within 20 s, and nothing is left behind', async () => {
    const { send, world, clock, results } = setUpEndpoint();
    const gate = Promise.withResolvers<undefined>();
    world.accept = () => gate.promise;
    const answering = send({ body: cloudEvent() });
    await waitUntil(() => clock.pending() === 1);
    clock.advance(19_999);
    clock.advance(1);
    const answer = await answering;
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
    expect(await results('failed')).toBe(1);
    // Jest fails a test whose process has an unhandled rejection.
    gate.reject(new Error('the process ends'));
    expect(clock.pending()).toBe(0);
  });

  it('comes again when its hints cannot be handed over', async () => {
    const { send, world, logger } = setUpEndpoint();
    world.accept = () => Promise.reject(new Error('queue is down'));
    expect(await send({ body: cloudEvent() })).toMatchObject({ status: 503 });
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: 'hints could not be handed over' },
    ]);
  });

  it('comes again when another process leads', async () => {
    const { send, world } = setUpEndpoint();
    world.accept = undefined;
    expect(await send({ body: cloudEvent() })).toMatchObject({ status: 503 });
  });

  it('of no interest is answered 200 without troubling anybody', async () => {
    const { send, accepted } = setUpEndpoint();
    const type = 'Microsoft.KeyVault.SecretExpired';
    expect(await send({ body: cloudEvent({ type }) })).toMatchObject({ status: 200 });
    expect(accepted).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['that is not JSON', 'rubbish', 'EVENT_NOT_JSON'],
    ['that is no event', { a: 1 }, 'EVENT_ENVELOPE'],
    ['of a foreign key', cloudEvent({ data: keyData({ Id: 'https://x/keys/y' }) }), 'EVENT_KEY'],
  ])('%s is answered 400 and so never comes again', async (_what, body, code) => {
    const { send, accepted, metrics } = setUpEndpoint();
    expect(await send({ body })).toMatchObject({ status: 400, body: `${code}\n` });
    expect(accepted).toEqual([]);
    const labels = { source: 'https', code };
    expect(await metricValue(metrics, 'keyward_events_malformed_total', labels)).toBe(1);
  });

  it('that says that its subscription is deleted is answered 200 and told of', async () => {
    const { send, accepted, logger } = setUpEndpoint();
    const headers = { 'aeg-event-type': 'SubscriptionDeletion' };
    expect(await send({ headers, body: [gridEvent()] })).toMatchObject({ status: 200 });
    expect(accepted).toEqual([]);
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
  });
});

describe('a request that is turned away', () => {
  it('for coming too often costs neither a token check nor a body', async () => {
    const { send, world } = setUpEndpoint();
    world.limitSeconds = 3;
    expect(await send({ body: cloudEvent() })).toEqual({
      status: 429,
      headers: { 'retry-after': '3' },
    });
    expect(world).toMatchObject({ tokensChecked: 0, bodiesRead: 0 });
  });

  it.each(TOKEN_CODES)('for %s costs no body', async (code) => {
    const { send, world, metrics, results } = setUpEndpoint();
    world.token = { ok: false, code };
    const { status, body = '', keepAlive = false } = await send({ body: cloudEvent() });
    // Event Grid never sends again what was answered 401 or 403: not for what could not be found out.
    const expected = code === 'TOKEN_KEYS_UNAVAILABLE' ? 503 : code === 'TOKEN_ROLE' ? 403 : 401;
    expect([status, body, keepAlive, world.bodiesRead]).toEqual([expected, '', false, 0]);
    expect(await metricValue(metrics, 'keyward_events_https_token_refusals_total', { code })).toBe(
      1,
    );
    expect(await results('token')).toBe(1);
  });

  it('for its token is logged once a minute for each reason', async () => {
    const { send, world, logger, clock } = setUpEndpoint();
    for (const code of ['TOKEN_MISSING', 'TOKEN_SIGNATURE'] as const) {
      world.token = { ok: false, code };
      for (let knock = 0; knock < 100; knock += 1) await send();
    }
    expect(logger.lines.map(({ fields }) => fields['code'])).toEqual([
      'TOKEN_MISSING',
      'TOKEN_SIGNATURE',
    ]);
    clock.advance(60_000);
    await send();
    expect(logger.lines).toHaveLength(3);
  });

  it.each<[string, Parameters<ReturnType<typeof setUpEndpoint>['send']>[0], number]>([
    ['on another path', { path: '/' }, 404],
    ['on a path that only begins alike', { path: '/events/' }, 404],
    ['by GET', { method: 'GET' }, 405],
    ['by PUT', { method: 'PUT', body: cloudEvent() }, 405],
    ['as a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['as a type that only begins alike', { headers: { 'content-type': 'application/jsonx' } }, 415],
    ['compressed', { headers: { 'content-encoding': 'gzip' }, body: cloudEvent() }, 415],
    ['with a body that is too large', { fault: 'too-large' }, 413],
    ['with a body beyond 1 MiB', { body: Buffer.alloc(1_048_577, 0x20) }, 413],
    ['with a body that was cut off', { fault: 'cut-off' }, 408],
  ])('%s', async (_what, call, status) => {
    const { send, accepted } = setUpEndpoint();
    expect(await send(call)).toMatchObject({ status });
    expect(accepted).toEqual([]);
  });

  it('because too many are in hand, and the next one is taken when one has gone', async () => {
    const { send, world } = setUpEndpoint();
    const gate = Promise.withResolvers<undefined>();
    world.accept = () => gate.promise;
    const waiting = Array.from({ length: 32 }, () => send({ body: cloudEvent() }));
    await waitUntil(() => world.bodiesRead === 32);
    expect(await send({ body: cloudEvent() })).toMatchObject({ status: 503 });
    expect(world.bodiesRead).toBe(32);
    gate.resolve(undefined);
    await Promise.all(waiting);
    expect(await send({ body: cloudEvent() })).toMatchObject({ status: 200 });
  });
});
