import { describe, expect, it } from '@jest/globals';
import {
  isKubeError,
  KubeError,
  kubeErrorFromStatus,
  kubeErrorFromThrown,
} from '../../../../platform/kube/kube-error.ts';

const status = (reason: string, message: string) =>
  JSON.stringify({ kind: 'Status', status: 'Failure', reason, message });

describe('an error answer of the API server', () => {
  it.each([
    [400, 'BadRequest', 'INVALID', false],
    [401, 'Unauthorized', 'FORBIDDEN', false],
    [403, 'Forbidden', 'FORBIDDEN', false],
    [404, 'NotFound', 'NOT_FOUND', false],
    [405, 'MethodNotAllowed', 'INVALID', false],
    [408, 'Timeout', 'TIMEOUT', true],
    [409, 'Conflict', 'CONFLICT', true],
    [409, 'AlreadyExists', 'ALREADY_EXISTS', false],
    [410, 'Expired', 'GONE', true],
    [413, 'RequestEntityTooLarge', 'INVALID', false],
    [415, 'UnsupportedMediaType', 'INVALID', false],
    [422, 'Invalid', 'INVALID', false],
    [429, 'TooManyRequests', 'THROTTLED', true],
    [500, 'InternalError', 'UNREACHABLE', true],
    [503, 'ServiceUnavailable', 'UNREACHABLE', true],
    [504, 'Timeout', 'TIMEOUT', true],
    [302, '', 'BAD_RESPONSE', true],
  ])('%d %s is %s, retryable %j', (code, reason, expected, retryable) => {
    const error = kubeErrorFromStatus(code, status(reason, 'as told'), undefined);
    expect(error).toMatchObject({
      name: 'KubeError',
      code: expected,
      status: code,
      message: 'as told',
      retryable,
      retryAfterSeconds: undefined,
    });
  });

  it.each(['', '<html>Bad gateway</html>', 'null', '"x"', '{"message":5}', '{"message":""}'])(
    'with the body %j has words of its own',
    (body) => {
      expect(kubeErrorFromStatus(502, body, undefined)).toMatchObject({
        code: 'UNREACHABLE',
        message: 'the API server answered 502',
      });
    },
  );

  it.each([
    ['7', 7],
    ['0', 0],
    ['-1', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('with Retry-After %j asks for %j seconds', (header, seconds) => {
    expect(kubeErrorFromStatus(429, '', header).retryAfterSeconds).toBe(seconds);
  });
});

describe('a request that had no answer', () => {
  const timeout = Object.assign(new Error('x'), { name: 'TimeoutError' });

  it.each<[string, unknown, string, string]>([
    [
      'a refused connection',
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      'UNREACHABLE',
      '(ECONNREFUSED)',
    ],
    [
      'a bad certificate',
      Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }),
      'UNREACHABLE',
      '(CERT_HAS_EXPIRED)',
    ],
    [
      "undici's own timeout",
      Object.assign(new Error('x'), { code: 'UND_ERR_HEADERS_TIMEOUT' }),
      'TIMEOUT',
      'timed out',
    ],
    ['a time limit', timeout, 'TIMEOUT', 'timed out'],
    [
      'an abort',
      Object.assign(new Error('x'), { name: 'AbortError' }),
      'UNREACHABLE',
      '(AbortError)',
    ],
    ['a thrown text', 'oops', 'UNREACHABLE', '(unknown cause)'],
    ['nothing', null, 'UNREACHABLE', '(unknown cause)'],
  ])('because of %s is translated', (_what, thrown, code, words) => {
    const error = kubeErrorFromThrown(thrown, 'https://api:6443');
    expect(error).toMatchObject({ code, retryable: true, cause: thrown, status: undefined });
    expect(error.message).toContain('the request to the API server https://api:6443');
    expect(error.message).toContain(words);
  });

  it('is left alone when it is translated already', () => {
    const error = new KubeError('GONE', 'x');
    expect(kubeErrorFromThrown(error, 's')).toBe(error);
  });
});

it('a KubeError is told by class and code', () => {
  const error = new KubeError('CONFLICT', 'x');
  expect(isKubeError(error)).toBe(true);
  expect(isKubeError(error, 'CONFLICT')).toBe(true);
  expect(isKubeError(error, 'GONE')).toBe(false);
  expect(isKubeError(Object.assign(new Error('x'), { code: 'CONFLICT' }))).toBe(false);
});
