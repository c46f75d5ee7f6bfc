import { expect, it } from '@jest/globals';
import { catchRefusal, Refusal } from '../../../../core/cosign/refusal.ts';

it('gives what the parser gives', () => {
  expect(catchRefusal(() => ({ ok: true }))).toEqual({ ok: true });
});

it('turns a refusal into a value', () => {
  const refused = catchRefusal(() => {
    throw new Refusal('JSON_FIELD', 'a is not b');
  });
  expect(refused).toEqual({ ok: false, code: 'JSON_FIELD', detail: 'a is not b' });
});

it('lets any other error through: a fault of keyward is no property of a signature (A154)', () => {
  const fault = new TypeError('a fault');
  expect(() =>
    catchRefusal(() => {
      throw fault;
    }),
  ).toThrow(fault);
});
