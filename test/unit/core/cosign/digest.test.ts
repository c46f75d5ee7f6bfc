import { expect, it } from '@jest/globals';
import { digestOf, isSha256Digest } from '../../../../core/cosign/digest.ts';

const HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

it('names bytes by their SHA-256', () => {
  expect(digestOf(new Uint8Array())).toBe(`sha256:${HEX}`);
  expect(digestOf(Buffer.from('{}'))).toBe(
    'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  );
});

it('takes sha256 and 64 lower-case hex digits for a digest', () => {
  expect(isSha256Digest(`sha256:${HEX}`)).toBe(true);
});

it.each([
  ['upper case', `sha256:${HEX.toUpperCase()}`],
  ['an upper-case algorithm', `SHA256:${HEX}`],
  ['63 digits', `sha256:${HEX.slice(1)}`],
  ['65 digits', `sha256:${HEX}0`],
  ['another algorithm', `sha512:${HEX}${HEX}`],
  ['no algorithm', HEX],
  ['a blank before', ` sha256:${HEX}`],
  ['a line break after', `sha256:${HEX}\n`],
  ['nothing', ''],
])('takes nothing else for one: %s (A102)', (_, text) => {
  expect(isSha256Digest(text)).toBe(false);
});
