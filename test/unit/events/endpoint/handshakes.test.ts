import { describe, expect, it } from '@jest/globals';
import { cloudEvent, gridEvent } from '../samples.ts';
import { setUpEndpoint } from './setup.ts';

const CODE = '512d38b6-c7b8-40c8-89fe-f46f9e9622b6';
const validation = (change: Readonly<Record<string, unknown>> = {}) =>
  gridEvent({
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    subject: '',
    data: { validationCode: CODE, validationUrl: 'https://attacker.example/validate' },
    ...change,
  });
const headers = { 'aeg-event-type': 'SubscriptionValidation', 'content-type': 'application/json' };

describe('the handshake of the Event Grid schema', () => {
  it('gives the code back, with 200', async () => {
    const { send, results, accepted } = setUpEndpoint();
    const answer = await send({ headers, body: [validation()] });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body ?? '')).toEqual({ validationResponse: CODE });
    expect(await results('handshake')).toBe(1);
    expect(accepted).toEqual([]);
  });

  it('works in a process that does not lead', async () => {
    const { send, world } = setUpEndpoint();
    world.accept = undefined;
    expect(await send({ headers, body: [validation()] })).toMatchObject({ status: 200 });
  });

  it('is for those with a good token only: another tenant’s subscription learns nothing', async () => {
    const { send, world } = setUpEndpoint();
    world.token = { ok: false, code: 'TOKEN_ISSUER' };
    const answer = await send({ headers, body: [validation()] });
    expect(answer.status).toBe(401);
    expect(answer.body ?? '').toBe('');
    expect(world.bodiesRead).toBe(0);
  });

  it.each<[string, unknown]>([
    ['no event', []],
    ['two events', [validation(), validation()]],
    ['another event', [gridEvent()]],
    ['no code', [validation({ data: { validationUrl: 'https://x' } })]],
    ['a code that is a number', [validation({ data: { validationCode: 7 } })]],
    ['a code with markup', [validation({ data: { validationCode: '<script>' } })]],
    ['a very long code', [validation({ data: { validationCode: 'x'.repeat(129) } })]],
    ['text', 'validationCode'],
  ])('is refused with %s', async (_what, body) => {
    const { send } = setUpEndpoint();
    const answer = await send({ headers, body });
    expect([answer.status, answer.body ?? '']).toEqual([400, '']);
  });

  it('is not begun by an event that only looks like it', async () => {
    const { send, accepted } = setUpEndpoint();
    const answer = await send({ body: [validation()] });
    expect([answer.status, answer.body ?? '', accepted]).toEqual([200, '', []]);
  });
});

describe('the handshake of CloudEvents', () => {
  const ask = (change: Readonly<Record<string, string | undefined>> = {}) => {
    const { send } = setUpEndpoint();
    const asked = { 'webhook-request-origin': 'eventgrid.azure.net', ...change };
    return send({ method: 'OPTIONS', headers: asked });
  };

  it.each<[string, string | undefined, string]>([
    ['as asked', '120', '120'],
    ['no more than it takes', '100000', '1200'],
    ['what it takes, where nothing is asked', undefined, '1200'],
    ['what it takes, where nonsense is asked', 'many', '1200'],
    ['what it takes, where less than one is asked', '0', '1200'],
  ])('allows Event Grid a rate: %s', async (_what, rate, allowed) => {
    expect(await ask({ 'webhook-request-rate': rate })).toEqual({
      status: 200,
      headers: {
        allow: 'POST',
        'webhook-allowed-origin': 'eventgrid.azure.net',
        'webhook-allowed-rate': allowed,
      },
    });
  });

  it.each(['attacker.example', 'eventgrid.azure.net.attacker.example', '*', ''])(
    'allows %j nothing',
    async (origin) => {
      const answer = await ask({ 'webhook-request-origin': origin });
      expect(answer).toEqual({ status: 403 });
    },
  );

  it('needs no token, and so lets nobody deliver without one', async () => {
    const { send, world } = setUpEndpoint();
    world.token = { ok: false, code: 'TOKEN_MISSING' };
    const asked = { 'webhook-request-origin': 'eventgrid.azure.net' };
    expect(await send({ method: 'OPTIONS', headers: asked })).toMatchObject({ status: 200 });
    expect(await send({ headers: asked, body: cloudEvent() })).toMatchObject({ status: 401 });
  });
});
