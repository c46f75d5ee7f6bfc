import { describe, expect, it } from '@jest/globals';
import { parseEvents } from '../../../events/parse-events.ts';
import { composeEvent } from '../../../sandbox/event-grid/key-vault-events.ts';
import { cloudEvent, gridEvent, HINT, keyData } from './samples.ts';

const hints = { ok: true, hints: [HINT], ignored: [] };
const schemas = [
  ['Event Grid', gridEvent],
  ['CloudEvents 1.0', cloudEvent],
] as const;

describe.each(schemas)('an event in the %s schema', (_schema, event) => {
  const text = JSON.stringify(event());

  it.each<[string, unknown]>([
    ['an object', event()],
    ['an array of one', [event()]],
    ['a Buffer', Buffer.from(text)],
    ['a Uint8Array', new TextEncoder().encode(text)],
    ['text', text],
    ['text of an array', `[${text}]`],
    ['text encoded twice', JSON.stringify(text)],
    ['text with a byte order mark', `\uFEFF${text}`],
    ['a Buffer with a byte order mark', Buffer.from(`\uFEFF${text}`)],
  ])('is read when it comes as %s', async (_form, body) => {
    expect(await parseEvents(body)).toEqual(hints);
  });

  it('is read with a data that holds more than keyward knows', async () => {
    const more = event({ data: keyData({ Tags: { a: 1 }, Later: [1] }), extension: 'x' });
    expect(await parseEvents(more)).toEqual(hints);
  });

  it.each([
    ['camelCase', (name: string) => name.charAt(0).toLowerCase() + name.slice(1)],
    ['upper case', (name: string) => name.toUpperCase()],
    ['lower case', (name: string) => name.toLowerCase()],
    ['trailing blanks, as documented in 2020', (name: string) => `${name} `],
    ['blanks around', (name: string) => `\t${name} \n`],
  ])('is read when the names in its data are in %s', async (_case, rename) => {
    const entries = Object.entries(keyData()).map(([name, value]) => [rename(name), value]);
    expect(await parseEvents(event({ data: Object.fromEntries(entries) }))).toEqual(hints);
  });

  it.each([
    ['numbers', { NBF: 1_790_000_000, EXP: 1_821_536_000 }],
    ['text', { NBF: '1790000000', EXP: '1821536000' }],
    ['null', { NBF: null, EXP: null }],
    ['absent', { NBF: undefined, EXP: undefined }],
    ['nonsense, which nobody believes anyway', { NBF: {}, EXP: 'soon' }],
  ])('is read when its dates are %s', async (_form, dates) => {
    expect(await parseEvents(event({ data: keyData(dates) }))).toEqual(hints);
    expect(await parseEvents(JSON.stringify(event({ data: keyData(dates) })))).toEqual(hints);
  });

  it('is read when its data names only the Id', async () => {
    const { Id } = keyData();
    expect(await parseEvents(event({ data: { Id } }))).toEqual(hints);
    const nulls = { Id, VaultName: null, ObjectType: null, ObjectName: null, Version: null };
    expect(await parseEvents(event({ data: nulls }))).toEqual(hints);
  });

  it.each([
    ['absent', undefined],
    ['null', null],
    ['text', 'cosign-key'],
    ['an array', [keyData()]],
    ['empty', {}],
    ['without an Id', keyData({ Id: undefined })],
    ['of a number for an Id', keyData({ Id: 7 })],
    ['with the Id twice', { ...keyData(), id: keyData()['Id'] }],
    ['of an Id of 513 characters', keyData({ Id: `https://${'x'.repeat(505)}` })],
  ])('is malformed when its data is %s', async (_what, data) => {
    const parsed = await parseEvents(event({ data }));
    expect(parsed).toMatchObject({ ok: false });
    // Without any `data` Microsoft's own reader refuses the Event Grid envelope.
    expect(['EVENT_DATA', 'EVENT_ENVELOPE']).toContain(parsed.ok ? '' : parsed.code);
  });
});

describe('the type of an event', () => {
  it.each(['KeyNewVersionCreated', 'KeyNearExpiry', 'KeyExpired'])('%s is a hint', async (type) => {
    const parsed = await parseEvents(cloudEvent({ type: `Microsoft.KeyVault.${type}` }));
    expect(parsed).toEqual({ ok: true, hints: [{ ...HINT, type }], ignored: [] });
  });

  it.each<[string, Record<string, unknown>]>([
    ['its name alone', { VaultName: 'contoso-kv' }],
    ['its name in another case and with blanks', { 'vaultname ': ' Contoso-KV' }],
    [
      'all the fields of a key event',
      {
        Id: 'https://contoso-kv.vault.azure.net',
        VaultName: 'contoso-kv',
        ObjectType: 'Vault',
        ObjectName: 'contoso-kv',
        Version: null,
        NBF: null,
        EXP: null,
      },
    ],
  ])('VaultAccessPolicyChanged is a hint for a vault, by %s', async (_what, data) => {
    const type = 'Microsoft.KeyVault.VaultAccessPolicyChanged';
    const vaultHint = { type: 'VaultAccessPolicyChanged', vaultName: 'contoso-kv' };
    for (const event of [cloudEvent({ type, data }), gridEvent({ eventType: type, data })])
      expect(await parseEvents(event)).toEqual({ ok: true, hints: [vaultHint], ignored: [] });
  });

  it.each<[string, unknown]>([
    ['no data', null],
    ['no vault', {}],
    ['a number', { VaultName: 7 }],
    ['a host', { VaultName: 'contoso-kv.vault.azure.net' }],
    ['two names', { VaultName: 'contoso-kv', vaultName: 'fabrikam-kv' }],
    ['a name that is too long', { VaultName: 'v'.repeat(25) }],
    ['a name with a line break', { VaultName: 'contoso\nkv' }],
  ])('VaultAccessPolicyChanged with %s is ignored', async (_what, data) => {
    const type = 'Microsoft.KeyVault.VaultAccessPolicyChanged';
    const parsed = await parseEvents(cloudEvent({ type, data }));
    expect(parsed).toEqual({ ok: true, hints: [], ignored: [{ type }] });
  });

  it('is compared without regard to case', async () => {
    const parsed = await parseEvents(cloudEvent({ type: ' MICROSOFT.KEYVAULT.KEYEXPIRED' }));
    expect(parsed).toMatchObject({ hints: [{ type: 'KeyExpired' }] });
  });

  it.each([
    'Microsoft.KeyVault.SecretNewVersionCreated',
    'Microsoft.KeyVault.CertificateNearExpiry',
    'Microsoft.KeyVault.KeyNewVersionCreatedByMars',
    'Microsoft.EventGrid.SubscriptionValidationEvent',
    'KeyNewVersionCreated',
    'constructor',
  ])('%s is ignored, whatever its data', async (type) => {
    for (const data of [keyData(), { VaultName: 'contoso-kv' }, null]) {
      const parsed = await parseEvents(cloudEvent({ type, data }));
      expect(parsed).toEqual({ ok: true, hints: [], ignored: [{ type }] });
    }
  });

  it('is remembered with at most 128 characters', async () => {
    const parsed = await parseEvents(cloudEvent({ type: 'x'.repeat(5000) }));
    expect(parsed).toMatchObject({ ignored: [{ type: 'x'.repeat(128) }] });
  });
});

describe('several events in one message', () => {
  it('are one hint for each key and type, however often they come', async () => {
    const other = keyData({
      Id: 'https://contoso-kv.vault.azure.net/keys/other/1',
      ObjectName: 'other',
    });
    const expired = cloudEvent({ type: 'Microsoft.KeyVault.KeyExpired' });
    const parsed = await parseEvents([
      cloudEvent(),
      gridEvent(),
      gridEvent({ data: other }),
      expired,
      cloudEvent({ type: 'Microsoft.KeyVault.SecretExpired' }),
    ]);
    expect(parsed).toEqual({
      ok: true,
      hints: [HINT, { ...HINT, name: 'other' }, { ...HINT, type: 'KeyExpired' }],
      ignored: [{ type: 'Microsoft.KeyVault.SecretExpired' }],
    });
  });

  it('give no hint at all when one of them is malformed', async () => {
    const parsed = await parseEvents([cloudEvent(), cloudEvent({ data: keyData({ Id: 'x' }) })]);
    expect(parsed).toMatchObject({ ok: false, code: 'EVENT_KEY' });
  });

  it('of an empty array is no event and no fault', async () => {
    expect(await parseEvents('[]')).toEqual({ ok: true, hints: [], ignored: [] });
  });
});

describe("the sandbox's own events", () => {
  it.each(['CloudEventSchemaV1_0', 'EventGridSchema'] as const)(
    'in %s are read as those of Azure',
    async (schema) => {
      const event = { vaultUri: HINT.vaultUri, name: 'cosign-key', version: 'ab12', exp: 5 };
      const type = 'Microsoft.KeyVault.KeyNewVersionCreated';
      const at = new Date(0);
      const body = composeEvent({ id: '1', type, event, schema, subscription: '0', at });
      expect(await parseEvents(JSON.stringify(body))).toEqual(hints);
    },
  );
});
