import { describe, expect, it } from '@jest/globals';
import { describeError } from '../../../../platform/observe/describe-error.ts';
import { ServiceError, isServiceError } from '../../../../platform/observe/service-error.ts';

const coded = (message: string, code: string, cause?: unknown) =>
  Object.assign(new Error(message, { cause }), { code });

describe('an error as text', () => {
  it('has name, code and message', () => {
    const error = coded('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED');
    expect(describeError(error)).toEqual({
      name: 'Error',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  it('has no code when there is none, or one that is no text', () => {
    expect(describeError(new TypeError('no'))).toEqual({ name: 'TypeError', message: 'no' });
    expect(describeError(Object.assign(new Error('x'), { code: 42 }))).not.toHaveProperty('code');
    expect(describeError(coded('x', ''))).not.toHaveProperty('code');
  });

  it('takes the code from the cause, as undici hides it there', () => {
    const error = new TypeError('fetch failed', { cause: coded('no name', 'ENOTFOUND') });
    expect(describeError(error)).toEqual({
      name: 'TypeError',
      code: 'ENOTFOUND',
      message: 'fetch failed',
    });
  });

  it('takes the message from the cause when it has none', () => {
    expect(describeError(new Error('', { cause: new Error('inner') })).message).toBe('inner');
    expect(describeError(new Error('', { cause: 'text' })).message).toBe('');
  });

  it('is that of the newest error of an AggregateError, which says nothing itself', () => {
    const inner = new AggregateError([coded('old', 'OLD'), coded('new', 'NEW')]);
    const error = new AggregateError([coded('first', 'FIRST'), inner]);
    expect(describeError(error)).toEqual({ name: 'Error', code: 'NEW', message: 'new' });
  });

  it('finds the code in an aggregated cause', () => {
    const cause = new AggregateError([coded('::1', 'EADDR'), coded('127.0.0.1', 'ECONNREFUSED')]);
    expect(describeError(new TypeError('fetch failed', { cause })).code).toBe('ECONNREFUSED');
  });

  it('is that of an AggregateError without errors itself', () => {
    expect(describeError(new AggregateError([], 'nothing in here'))).toEqual({
      name: 'AggregateError',
      message: 'nothing in here',
    });
  });

  it.each([
    ['a text', 'oops', 'oops'],
    ['undefined', undefined, 'undefined thrown'],
    ['null', null, 'object thrown'],
    ['an object', { token: 'SECRET' }, 'object thrown'],
    ['a number', 7, 'number thrown'],
  ])('of %s that was thrown', (_what, thrown, message) => {
    expect(describeError(thrown)).toEqual({ name: 'Error', message });
  });

  it('never throws, whatever was thrown', () => {
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'message', {
      get: () => {
        throw new Error('gotcha');
      },
    });
    expect(describeError(hostile).message).toBe('an error that cannot be described');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(describeError(proxy).message).toBe('an error that cannot be described');
  });

  it('ends although causes and aggregates go in circles', () => {
    const error = new Error('round');
    error.cause = error;
    expect(describeError(error)).toEqual({ name: 'Error', message: 'round' });
    const aggregate = new AggregateError([]);
    aggregate.errors.push(aggregate);
    expect(describeError(aggregate).name).toBe('AggregateError');
  });

  it('holds no secret, no line break and at most 500 characters', () => {
    const error = coded(`bad\nSharedAccessKey=SECRET;${'x'.repeat(900)}`, 'E\nBAD');
    error.name = 'Name\nforged';
    const described = describeError(error);
    expect(described.message).toMatch(/^bad SharedAccessKey=\[redacted\];x+…$/u);
    expect(described.message).toHaveLength(501);
    expect(described).toMatchObject({ name: 'Name forged', code: 'E BAD' });
  });
});

describe('a service error', () => {
  const error = new ServiceError('VAULT_TIMEOUT', 'too late', { retryable: true, cause: 'x' });

  it('carries its code, its cause and whether to try again', () => {
    expect(error).toMatchObject({
      name: 'ServiceError',
      code: 'VAULT_TIMEOUT',
      message: 'too late',
      retryable: true,
      cause: 'x',
    });
    expect('cause' in new ServiceError('X', 'y', { retryable: false })).toBe(false);
  });

  it('is told from others by class and code', () => {
    expect(isServiceError(error)).toBe(true);
    expect(isServiceError(error, 'VAULT_TIMEOUT')).toBe(true);
    expect(isServiceError(error, 'VAULT_OTHER')).toBe(false);
    expect(isServiceError(coded('too late', 'VAULT_TIMEOUT'), 'VAULT_TIMEOUT')).toBe(false);
    expect(isServiceError(undefined)).toBe(false);
  });
});
