import { describe, expect, it } from '@jest/globals';
import { hideSecrets, translateBusError } from '../../../../platform/bus/translate-error.ts';
import { ServiceError } from '../../../../platform/observe/service-error.ts';

const coded = (code: string, message = 'as told') => Object.assign(new Error(message), { code });

describe('an error of Service Bus', () => {
  it.each([
    ['UnauthorizedAccess', 'BUS_UNAUTHORIZED', false],
    ['MessagingEntityNotFound', 'BUS_QUEUE_NOT_FOUND', false],
    ['MessagingEntityDisabled', 'BUS_QUEUE_NOT_FOUND', false],
    ['ServiceBusy', 'BUS_THROTTLED', true],
    ['QuotaExceeded', 'BUS_THROTTLED', true],
    ['ServiceTimeout', 'BUS_TIMEOUT', true],
    ['MessageLockLost', 'BUS_LOCK_LOST', true],
    ['MessageNotFound', 'BUS_LOCK_LOST', true],
    ['ServiceCommunicationProblem', 'BUS_UNREACHABLE', true],
    ['GeneralError', 'BUS_UNREACHABLE', true],
    ['ECONNREFUSED', 'BUS_UNREACHABLE', true],
    ['constructor', 'BUS_UNREACHABLE', true],
  ])('of code %s is %s, retryable %j', (code, expected, retryable) => {
    const error = coded(code);
    expect(translateBusError(error)).toMatchObject({
      name: 'ServiceError',
      code: expected,
      retryable,
      message: 'as told',
      cause: error,
    });
  });

  it('is found under the AggregateError that the SDK throws after a retry, the newest first', () => {
    const error = new AggregateError([coded('ServiceBusy'), coded('UnauthorizedAccess', 'no')]);
    expect(Object.assign(error, { retryable: true }).message).toBe('');
    expect(translateBusError(error)).toMatchObject({ code: 'BUS_UNAUTHORIZED', message: 'no' });
  });

  it('is a timeout by its name alone', () => {
    const error = Object.assign(new Error('late'), { name: 'TimeoutError' });
    expect(translateBusError(error).code).toBe('BUS_TIMEOUT');
  });

  it.each([undefined, null, 'oops', {}, new AggregateError([])])(
    'is BUS_UNREACHABLE when it is anything else (%p)',
    (thrown) => {
      expect(translateBusError(thrown)).toMatchObject({ code: 'BUS_UNREACHABLE', retryable: true });
    },
  );

  it('is left alone when it is translated already', () => {
    const error = new ServiceError('BUS_CONFIG', 'x', { retryable: false });
    expect(translateBusError(error)).toBe(error);
  });

  it('quotes no key', () => {
    const text = `bad Endpoint=sb://x;SharedAccessKey=SECRET= and SharedAccessSignature sr=a&sig=SECRET&se=1`;
    expect(translateBusError(new Error(text)).message).not.toContain('SECRET');
    expect(hideSecrets(text)).not.toContain('SECRET');
    expect(hideSecrets('design=fine; sigma=1')).toBe('design=fine; sigma=1');
  });
});
