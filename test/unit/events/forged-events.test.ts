import { describe, expect, it } from '@jest/globals';
import { MAX_BODY_BYTES, MAX_EVENTS } from '../../../events/read-body.ts';
import { parseEvents } from '../../../events/parse-events.ts';
import { cloudEvent, gridEvent, HINT, keyData, VERSION } from './samples.ts';

const withData = (change: Readonly<Record<string, unknown>>) =>
  cloudEvent({ data: keyData({ VaultName: undefined, ObjectName: undefined, ...change }) });

describe('the key that an event names', () => {
  it.each([
    ['another scheme', 'http://contoso-kv.vault.azure.net/keys/cosign-key/1'],
    ['a foreign host', 'https://attacker.example/keys/cosign-key/1'],
    ['a host that only ends alike', 'https://contoso-kvvault.azure.net/keys/k/1'],
    ['a host that only begins alike', 'https://a-kv.vault.azure.net.attacker.example/keys/k/1'],
    ['a label too many', 'https://evil.contoso-kv.vault.azure.net/keys/k/1'],
    ['the suffix alone', 'https://vault.azure.net/keys/k/1'],
    ['a trailing dot', 'https://contoso-kv.vault.azure.net./keys/k/1'],
    ['a port', 'https://contoso-kv.vault.azure.net:8443/keys/k/1'],
    ['a user name', 'https://contoso-kv.vault.azure.net@attacker.example/keys/k/1'],
    ['a user name before the vault', 'https://u:p@contoso-kv.vault.azure.net/keys/k/1'],
    ['a managed HSM', 'https://contoso-kv.managedhsm.azure.net/keys/k/1'],
    ['an IP address', 'https://169.254.169.254/keys/k/1'],
    ['a vault name of two characters', 'https://ab.vault.azure.net/keys/k/1'],
    ['a vault name of 25 characters', `https://${'a'.repeat(25)}.vault.azure.net/keys/k/1`],
    ['a vault name with two dashes', 'https://a--b.vault.azure.net/keys/k/1'],
    ['a vault name that ends in a dash', 'https://contoso-.vault.azure.net/keys/k/1'],
    ['a secret', 'https://contoso-kv.vault.azure.net/secrets/cosign-key/1'],
    ['no collection', 'https://contoso-kv.vault.azure.net/cosign-key/1'],
    ['no name', 'https://contoso-kv.vault.azure.net/keys/'],
    ['one segment too many', 'https://contoso-kv.vault.azure.net/keys/k/1/sign'],
    ['an encoded slash', 'https://contoso-kv.vault.azure.net/keys/k%2fversions'],
    ['a way out of the collection', 'https://contoso-kv.vault.azure.net/keys/../secrets/k'],
    ['a name of 128 characters', `https://contoso-kv.vault.azure.net/keys/${'k'.repeat(128)}/1`],
    ['a query', 'https://contoso-kv.vault.azure.net/keys/k/1?x=1'],
    ['a fragment', 'https://contoso-kv.vault.azure.net/keys/k/1#x'],
    ['no URL', 'cosign-key'],
    ['nothing', ''],
  ])('is refused with %s', async (_what, Id) => {
    const parsed = await parseEvents(withData({ Id }));
    expect(parsed).toMatchObject({ ok: false, code: 'EVENT_KEY' });
  });

  it.each([
    ['https://contoso-kv.vault.azure.cn', 'https://contoso-kv.vault.azure.cn/keys/cosign-key/1'],
    ['https://abc.vault.usgovcloudapi.net', 'https://abc.vault.usgovcloudapi.net/keys/cosign-key'],
    [HINT.vaultUri, 'HTTPS://CONTOSO-KV.VAULT.AZURE.NET/keys/COSIGN-Key/EE05'],
    [HINT.vaultUri, 'https://contoso-kv.vault.azure.net:443/keys/cosign-key/1'],
  ])('in %s is normalised', async (vaultUri, Id) => {
    const parsed = await parseEvents(withData({ Id }));
    expect(parsed).toEqual({ ok: true, hints: [{ ...HINT, vaultUri }], ignored: [] });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['another vault', { VaultName: 'fabrikam-kv' }, 'EVENT_KEY'],
    ['another key', { ObjectName: 'other-key' }, 'EVENT_KEY'],
    ['another kind of object', { ObjectType: 'Secret' }, 'EVENT_DATA'],
    ['no name for the vault', { VaultName: '' }, 'EVENT_KEY'],
    ['a number for the vault', { VaultName: 1 }, 'EVENT_DATA'],
    ['an object for the kind', { ObjectType: { toString: 'Key' } }, 'EVENT_DATA'],
    ['a very long vault name', { VaultName: 'v'.repeat(65) }, 'EVENT_DATA'],
  ])('is refused when the rest of the data says %s', async (_what, change, code) => {
    expect(await parseEvents(cloudEvent({ data: keyData(change) }))).toMatchObject({ code });
  });

  it('agrees with the rest of the data in any case and with blanks', async () => {
    const change = { VaultName: ' Contoso-KV ', ObjectName: 'COSIGN-KEY', ObjectType: 'key ' };
    const parsed = await parseEvents(cloudEvent({ data: keyData(change) }));
    expect(parsed).toMatchObject({ ok: true, hints: [HINT] });
  });

  it('is never the envelope: its id differs from the data in case only', async () => {
    const { Id } = keyData();
    const event = gridEvent({ id: Id, Id, VaultName: 'contoso-kv', data: {} });
    expect(await parseEvents(event)).toMatchObject({ ok: false, code: 'EVENT_DATA' });
  });
});

describe('a body that is no event', () => {
  it.each<[string, unknown]>([
    ['text that is not JSON', 'KeyNewVersionCreated'],
    ['text that was cut', JSON.stringify(gridEvent()).slice(0, -1)],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from(JSON.stringify(gridEvent()), 'utf16le')],
    ['nothing', ''],
    ['text that encodes text that is not JSON', '"x"'],
  ])('%s is EVENT_NOT_JSON', async (_what, body) => {
    expect(await parseEvents(body)).toMatchObject({ ok: false, code: 'EVENT_NOT_JSON' });
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['a function', () => 'x'],
    ['an array in an array', [[gridEvent()]]],
    ['an empty object', {}],
    ['another specversion', cloudEvent({ specversion: '2.0' })],
    ['a number for the type', cloudEvent({ type: 7 })],
    ['no type', cloudEvent({ type: undefined })],
    ['an Event Grid event without metadata', gridEvent({ metadataVersion: undefined })],
    ['an inherited envelope', Object.create(gridEvent()) as unknown],
    [
      'fields that throw',
      Object.defineProperty(cloudEvent(), 'type', {
        enumerable: true,
        get: () => {
          throw new Error('read me not');
        },
      }),
    ],
  ])('%s is EVENT_ENVELOPE', async (_what, body) => {
    expect(await parseEvents(body)).toMatchObject({ ok: false, code: 'EVENT_ENVELOPE' });
  });

  it('quotes nothing of the body in what it says', async () => {
    const secret = 'SharedAccessKey-QUJD';
    const bodies = [
      secret,
      gridEvent({ eventTime: secret, metadataVersion: undefined }),
      cloudEvent({ data: keyData({ Id: `https://attacker.example/${secret}` }) }),
      cloudEvent({ data: keyData({ VaultName: secret }) }),
      cloudEvent({ data: secret }),
    ];
    for (const body of bodies) {
      const parsed = await parseEvents(body);
      expect(parsed.ok).toBe(false);
      expect(JSON.stringify(parsed)).not.toContain('QUJD');
    }
  });
});

describe('a body without measure', () => {
  it('is refused one byte beyond the limit, in bytes and not in characters', async () => {
    const text = JSON.stringify(gridEvent({ padding: '' }));
    const room = MAX_BODY_BYTES - Buffer.byteLength(text);
    const full = text.replace('"padding":""', `"padding":"${'x'.repeat(room)}"`);
    expect(await parseEvents(full)).toMatchObject({ ok: true });
    expect(await parseEvents(Buffer.from(full))).toMatchObject({ ok: true });
    const over = { ok: false, code: 'EVENT_TOO_LARGE' };
    expect(await parseEvents(`${full} `)).toMatchObject(over);
    expect(await parseEvents(Buffer.from(`${full} `))).toMatchObject(over);
    expect(await parseEvents(`"${'é'.repeat(MAX_BODY_BYTES / 2)}"`)).toMatchObject(over);
  });

  it('holds as many events as Event Grid would batch and not one more', async () => {
    const ignored = { specversion: '1.0', id: '1', source: 's', type: 't' };
    const many = Array.from({ length: MAX_EVENTS }, () => ignored);
    expect(await parseEvents(many)).toMatchObject({ ok: true, hints: [] });
    const parsed = await parseEvents([...many, ignored]);
    expect(parsed).toMatchObject({ ok: false, code: 'EVENT_BATCH_TOO_LARGE' });
  });

  it('is refused when its data names more than 64 fields', async () => {
    const extra = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`x${at}`, at]));
    expect(await parseEvents(cloudEvent({ data: keyData(extra) }))).toMatchObject({
      code: 'EVENT_DATA',
    });
  });

  it('is read though nested deeply, or refused: never a crash', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const text = JSON.stringify(cloudEvent({ data: keyData({ Deep: 'HERE' }) }));
    const parsed = await parseEvents(text.replace('"HERE"', deep));
    expect(parsed.ok ? parsed.hints : [HINT]).toEqual([HINT]);
  });
});

describe('names that JavaScript treats specially', () => {
  it('do not change what is read', async () => {
    const data = JSON.stringify(keyData());
    const poisoned = data.replace('{', '{"__proto__":{"Id":"https://x"},"constructor":1,');
    const text = JSON.stringify(cloudEvent({ data: 'HERE' }))
      .replace('"HERE"', poisoned)
      .replace('{', '{"__proto__":{"type":"Microsoft.KeyVault.KeyExpired"},');
    expect(await parseEvents(text)).toEqual({ ok: true, hints: [HINT], ignored: [] });
    expect(({} as Record<string, unknown>)['type']).toBeUndefined();
  });

  it('do not give an Id to data that has none', async () => {
    const id = JSON.stringify(keyData()['Id']);
    const text = `{"__proto__":{"Id":${id}},"Version":"${VERSION}"}`;
    const event = cloudEvent({ data: JSON.parse(text) as unknown });
    expect(await parseEvents(event)).toMatchObject({ ok: false, code: 'EVENT_DATA' });
  });
});
