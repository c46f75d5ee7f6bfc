import { describe, expect, it } from '@jest/globals';
import { makeSafeText } from '../../../../platform/observe/safe-text.ts';

describe('text that is made safe', () => {
  it.each([
    ['a line break', 'one\ntwo', 'one two'],
    ['a Windows line break', 'one\r\ntwo', 'one two'],
    ['a terminal sequence', 'red \u001B[31mtext', 'red  [31mtext'],
    ['a null character', 'a\0b', 'a b'],
    ['a C1 control', 'a\u009Bb', 'a b'],
    ['DEL', 'a\u007Fb', 'a b'],
    ["Unicode's own line breaks", 'a\u2028\u2029b', 'a b'],
    ['a bidirectional override', 'user\u202Etxt\u2066', 'user txt '],
    ['nothing to remove', 'Grüße, 世界 👋 "quoted" {json}', 'Grüße, 世界 👋 "quoted" {json}'],
  ])('with %s', (_what, text, safe) => {
    expect(makeSafeText(text)).toBe(safe);
  });

  it.each([
    ['a connection string', 'Endpoint=sb://x;SharedAccessKeyName=n;SharedAccessKey=U0VDUkVU=;A=b'],
    ['a shared access signature', 'SharedAccessSignature sr=sb%3A&sig=U0VDUkVU%3D&se=1&skn=n'],
    ['a signature given as a whole', 'SharedAccessSignature=U0VDUkVU;X=1'],
    ['a storage key', 'AccountName=n;AccountKey=U0VDUkVU=='],
    ['a bearer token', 'authorization: Bearer U0VDUkVUU0VDUkVU'],
    ['basic credentials', 'Authorization: BASIC U0VDUkVUU0VDUkVU=='],
    ['a JSON web token', 'got eyJhbGciOiJub25l.eyJVMFZEUkVUIjoxfQ.U0VDUkVU from it'],
    ['a form', 'grant=x&client_secret=U0VDUkVU&client_assertion=U0VDUkVU'],
    ['JSON', '{"access_token":"U0VDUkVU","refresh_token": "U0VDUkVU","expires_in":1}'],
    ['a log of settings', "password: U0VDUkVU, SharedAccessKey = 'U0VDUkVU'"],
    ['a URL', 'redis://:U0VDUkVU@queue:6379/0 refused'],
    ['a URL whose password holds an @', 'rediss://user:U0V@DUkVU@queue:6379'],
    ['a private key', `-----BEGIN EC PRIVATE KEY-----\nU0VDUkVU\n-----END EC PRIVATE KEY-----`],
    ['half a private key', `-----BEGIN PRIVATE KEY-----\nU0VDUkVU`],
  ])('does not hold %s', (_what, text) => {
    const safe = makeSafeText(text);
    expect(safe).toContain('[redacted]');
    expect(safe).not.toMatch(/U0V|RUkVU|DUkVU|eyJ/u);
  });

  it.each([
    'https://contoso.vault.azure.net/keys/cosign-key/0ff3',
    'https://registry.example/v2/team/app/manifests/sha256:ab@x',
    'team/app@sha256:0ff373a9259c4578a247cfd7861a8805',
    '-----BEGIN PUBLIC KEY-----MFkwEwYH',
    'the bearer of bad news',
    'token is expired',
    'design=yes',
  ])('keeps what is no secret: %s', (text) => {
    expect(makeSafeText(text)).toBe(text);
  });

  it('is cut at its limit and says so', () => {
    expect(makeSafeText('x'.repeat(2048))).toHaveLength(2048);
    expect(makeSafeText('x'.repeat(2049))).toBe(`${'x'.repeat(2048)}…`);
    expect(makeSafeText('abcdef', 3)).toBe('abc…');
  });

  it('does not show the rest of a secret that the cut runs through', () => {
    const text = `${'x'.repeat(10)} SharedAccessKey=${'S'.repeat(5000)}`;
    expect(makeSafeText(text, 40)).not.toContain('SS');
  });

  it('takes no time over a hostile megabyte', () => {
    const started = performance.now();
    for (const part of ['a.', 'eyJ-', 'Bearer ', '-----BEGIN ', 'a://', 'SharedAccessKey='])
      expect(makeSafeText(part.repeat(500_000)).length).toBeLessThan(2060);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
