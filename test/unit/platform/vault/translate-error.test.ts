import { describe, expect, it } from '@jest/globals';
import { VaultRefusal } from '../../../../platform/vault/refusal.ts';
import { translateError } from '../../../../platform/vault/translate-error.ts';
import { VaultError } from '../../../../platform/vault/vault-error.ts';

const inTime = { timedOut: false };
const body = (code: string, inner?: string, message = 'as told') =>
  JSON.stringify({
    error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) },
  });
const refuse = (status: number, bodyAsText: string | null = null, retryAfter?: string) =>
  new VaultRefusal({ status, bodyAsText, headers: { get: () => retryAfter } });

describe("a vault's refusal", () => {
  it.each<[number, string | null, string, boolean]>([
    [400, body('BadParameter'), 'VAULT_BAD_RESPONSE', true],
    [401, body('Unauthorized'), 'VAULT_IDENTITY', true],
    [401, null, 'VAULT_IDENTITY', true],
    [403, body('Forbidden', 'ForbiddenByRbac'), 'VAULT_FORBIDDEN', false],
    [403, body('Forbidden', 'ForbiddenByFirewall'), 'VAULT_FORBIDDEN', false],
    [403, '<html>proxy</html>', 'VAULT_FORBIDDEN', false],
    [404, body('KeyNotFound'), 'VAULT_KEY_ABSENT', false],
    [404, body('ResourceNotFound'), 'VAULT_BAD_RESPONSE', true],
    [404, body('keynotfound'), 'VAULT_BAD_RESPONSE', true],
    [404, '{"error":"KeyNotFound"}', 'VAULT_BAD_RESPONSE', true],
    [404, 'KeyNotFound', 'VAULT_BAD_RESPONSE', true],
    [404, null, 'VAULT_BAD_RESPONSE', true],
    [408, null, 'VAULT_UNREACHABLE', true],
    [409, body('Conflict', 'KeyNotFound'), 'VAULT_BAD_RESPONSE', true],
    [410, body('KeyNotFound'), 'VAULT_BAD_RESPONSE', true],
    [429, body('Throttled'), 'VAULT_THROTTLED', true],
    [429, null, 'VAULT_THROTTLED', true],
    [500, body('KeyNotFound'), 'VAULT_UNREACHABLE', true],
    [502, '<html>', 'VAULT_UNREACHABLE', true],
    [503, body('ServiceUnavailable'), 'VAULT_UNREACHABLE', true],
    [301, null, 'VAULT_BAD_RESPONSE', true],
    [204, null, 'VAULT_BAD_RESPONSE', true],
  ])('%d with %j is %s', (status, text, code, retryable) => {
    const refusal = refuse(status, text);
    const error = translateError(refusal, inTime);
    expect(error).toMatchObject({ name: 'VaultError', code, retryable, cause: refusal });
    expect(error.message).toContain(`status ${status}`);
  });

  it('says what the vault said, the inner code before the outer', () => {
    expect(translateError(refuse(403, body('Forbidden', 'ForbiddenByRbac')), inTime).message).toBe(
      'status 403: ForbiddenByRbac: as told',
    );
    expect(translateError(refuse(404, body('KeyNotFound')), inTime).message).toBe(
      'status 404: KeyNotFound: as told',
    );
    expect(translateError(refuse(502), inTime).message).toBe(
      'status 502: the answer is not one of Key Vault',
    );
  });

  it('is fit to be published: no secret, one line, bounded', () => {
    const text = body('Forbidden', 'X', `Bearer SECRETSECRET\n${'x'.repeat(5000)}`);
    const { message } = translateError(refuse(403, text), inTime);
    expect(message).not.toMatch(/SECRET|\n/u);
    expect(message.length).toBeLessThan(600);
  });

  it.each([
    ['no message', '{"error":{"code":"Throttled"}}', 'Throttled', undefined],
    [
      'a message that is no text',
      '{"error":{"code":"Throttled","message":5}}',
      'Throttled',
      undefined,
    ],
    ['an inner error that is text', '{"error":{"code":"A","innererror":"B"}}', 'A', undefined],
    [
      'an inner error of another shape',
      '{"error":{"code":"A","innererror":{"code":5}}}',
      'A',
      undefined,
    ],
    ['a code that is no text', '{"error":{"code":404}}', undefined, undefined],
    ['no error', '{"value":[]}', undefined, undefined],
    ['an inner error', body('A', 'B'), 'A', 'B'],
  ])('is read although it has %s', (_what, text, code, innerCode) => {
    expect(refuse(403, text)).toMatchObject({ code, innerCode });
  });

  it('stays a timeout of nobody: the vault has answered', () => {
    expect(translateError(refuse(503), { timedOut: true }).code).toBe('VAULT_UNREACHABLE');
  });
});

describe('Retry-After', () => {
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();

  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['0', 0],
    ['7', 7],
    ['300', 300],
    ['301', 300],
    ['999999999', 300],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['7s', undefined],
    ['2026', 300],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['Wed, 99 Foo 2015', undefined],
  ])('%j asks for %j seconds', (header, seconds) => {
    expect(refuse(429, null, header).retryAfterSeconds).toBe(seconds);
    expect(translateError(refuse(429, null, header), inTime).retryAfterSeconds).toBe(seconds);
  });

  it('may be a date', () => {
    const seconds = refuse(429, null, inSeconds(60)).retryAfterSeconds ?? 0;
    expect(seconds).toBeGreaterThan(57);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refuse(429, null, inSeconds(86_400)).retryAfterSeconds).toBe(300);
  });
});

describe('a call that had no answer', () => {
  const coded = (code: string, message = 'request failed') =>
    Object.assign(new Error(message), { code });

  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EPIPE',
    'EHOSTUNREACH',
    'REQUEST_SEND_ERROR',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
  ])('because of %s is VAULT_UNREACHABLE', (code) => {
    const error = translateError(coded(code), inTime);
    expect(error).toMatchObject({
      code: 'VAULT_UNREACHABLE',
      retryable: true,
      message: `${code}: request failed`,
    });
  });

  it.each(['PARSE_ERROR', 'HPE_INVALID_CONSTANT', 'RESTError'])(
    'because of %s is VAULT_BAD_RESPONSE',
    (code) => {
      expect(translateError(coded(code), inTime).code).toBe('VAULT_BAD_RESPONSE');
    },
  );

  it.each([new Error('x'), 'text', undefined, null, {}])(
    'because of anything else (%p) is VAULT_BAD_RESPONSE, which changes nothing',
    (thrown) => {
      expect(translateError(thrown, inTime)).toMatchObject({
        code: 'VAULT_BAD_RESPONSE',
        retryable: true,
      });
    },
  );

  it.each([
    'AuthenticationError',
    'AggregateAuthenticationError',
    'AuthenticationRequiredError',
    'CredentialUnavailableError',
  ])('because of %s is VAULT_IDENTITY, without the token', (name) => {
    const thrown = Object.assign(new Error('AADSTS700024: client_assertion=SECRET is stale'), {
      name,
    });
    const error = translateError(thrown, inTime);
    expect(error).toMatchObject({ code: 'VAULT_IDENTITY', retryable: true });
    expect(error.message).toContain('AADSTS700024');
    expect(error.message).not.toContain('SECRET');
  });

  it('finds the network fault under an aggregate', () => {
    const thrown = new AggregateError([coded('ENETUNREACH'), coded('ECONNREFUSED')]);
    expect(translateError(thrown, inTime).code).toBe('VAULT_UNREACHABLE');
  });

  it('is VAULT_TIMEOUT once the time is over, whatever was thrown for it', () => {
    const thrown = Object.assign(new Error('The operation was aborted'), { name: 'AbortError' });
    expect(translateError(thrown, { timedOut: true })).toMatchObject({
      code: 'VAULT_TIMEOUT',
      retryable: true,
      message: 'the vault did not answer in time',
    });
  });

  it('is left alone when it is translated already', () => {
    const error = new VaultError('VAULT_NOT_ALLOWED', 'x', { retryable: false });
    expect(translateError(error, { timedOut: true })).toBe(error);
    expect(error.retryAfterSeconds).toBeUndefined();
  });
});
