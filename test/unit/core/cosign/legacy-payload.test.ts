import { describe, expect, it } from '@jest/globals';
import {
  bytesOf,
  DIGEST,
  HEX,
  legacy,
  OTHER_DIGEST,
  simpleSigning,
  type LegacyOptions,
} from '../../../support/signatures.ts';

const codeOf = (options: LegacyOptions) => {
  const candidate = legacy(options);
  return candidate.kind === 'rejected' ? candidate.code : candidate.kind;
};

describe('the payload must be about this image', () => {
  it.each([
    ['a signature of another image copied here, payload and all (A38)', OTHER_DIGEST],
    ['an empty claim (A40)', ''],
    ['upper-case digits (A40)', `sha256:${HEX.toUpperCase()}`],
    ['an upper-case algorithm (A40)', `SHA256:${HEX}`],
    ['no algorithm (A40)', HEX],
    ['a blank before (A40)', ` ${DIGEST}`],
    ['a line break after (A40)', `${DIGEST}\n`],
    ['a truncated digest (A40)', DIGEST.slice(0, -1)],
    ['only the algorithm (A40)', 'sha256:'],
    ['a digest that only begins with this one (A40)', `${DIGEST}00`],
    ['an array (A40)', [DIGEST]],
    ['a number (A40)', 1],
    ['null (A40)', null],
    ['an object (A40)', { sha256: HEX }],
  ])('%s is refused', (_, claim) => {
    const payload = simpleSigning(DIGEST, { image: { 'docker-manifest-digest': claim } });
    expect(codeOf({ payload })).toBe('CLAIM_DIGEST_MISMATCH');
  });

  it('one blob that was sound for its own image is refused for another (B-03)', () => {
    const payload = simpleSigning(DIGEST);
    expect(codeOf({ payload, digest: DIGEST })).toBe('sound');
    expect(codeOf({ payload, digest: OTHER_DIGEST })).toBe('CLAIM_DIGEST_MISMATCH');
  });

  it.each([
    ['the signature of a child manifest for its index (A43)', 'index', 'child'],
    ['the signature of an index for its child (A44)', 'child', 'index'],
  ])('%s is refused', (_, ...[offered, signed]) => {
    const digests = { index: DIGEST, child: OTHER_DIGEST };
    const payload = simpleSigning(digests[signed as 'index']);
    expect(codeOf({ payload, digest: digests[offered as 'child'] })).toBe('CLAIM_DIGEST_MISMATCH');
  });

  it.each([
    ['critical', simpleSigning(DIGEST, {}, { critical: undefined })],
    ['critical.image', simpleSigning(DIGEST, { image: undefined })],
    ['critical.image.docker-manifest-digest', simpleSigning(DIGEST, { image: {} })],
  ])('a payload without %s is refused, never skipped (A39)', (_, payload) => {
    expect(codeOf({ payload })).toBe('CLAIM_DIGEST_MISSING');
  });
});

describe('the payload must have exactly the known members', () => {
  const digest = { 'docker-manifest-digest': DIGEST };
  const identity = { 'docker-reference': 'x' };
  it.each([
    ['an extra member at the top (A91)', simpleSigning(DIGEST, {}, { extra: 1 })],
    ['a prototype name at the top (A95)', '{"__proto__":{},"critical":{}}'],
    ['an extra member in critical (A91)', simpleSigning(DIGEST, { extra: 1 })],
    ['a prototype name in critical (A95)', simpleSigning(DIGEST, { constructor: 1 })],
    ['an extra member in image (A91)', simpleSigning(DIGEST, { image: { ...digest, extra: 1 } })],
    [
      'an extra member in identity (A91)',
      simpleSigning(DIGEST, { identity: { ...identity, x: 1 } }),
    ],
    [
      'the claim in another case (A90)',
      simpleSigning(DIGEST, { image: { 'Docker-Manifest-Digest': DIGEST } }),
    ],
    [
      'critical in another case (A90)',
      simpleSigning(DIGEST, {}, { critical: undefined, Critical: {} }),
    ],
    ['critical null (A101)', simpleSigning(DIGEST, {}, { critical: null })],
    ['critical an array', simpleSigning(DIGEST, {}, { critical: [] })],
    ['image null (A101)', simpleSigning(DIGEST, { image: null })],
    ['image a string', simpleSigning(DIGEST, { image: DIGEST })],
    ['identity null (A101)', simpleSigning(DIGEST, { identity: null })],
    ['identity missing', simpleSigning(DIGEST, { identity: undefined })],
    ['no docker-reference', simpleSigning(DIGEST, { identity: {} })],
    [
      'docker-reference null (A101)',
      simpleSigning(DIGEST, { identity: { 'docker-reference': null } }),
    ],
    ['optional an array', simpleSigning(DIGEST, {}, { optional: [] })],
    ['optional a string', simpleSigning(DIGEST, {}, { optional: 'x' })],
    ['optional false', simpleSigning(DIGEST, {}, { optional: false })],
  ])('%s is refused', (_, payload) => {
    expect(codeOf({ payload })).toBe('JSON_FIELD');
  });

  it.each([
    ['missing', undefined],
    ['null', null],
    ['another text', 'atomic container signature'],
    ['in another case', 'Cosign container image signature'],
    ['with a blank', 'cosign container image signature '],
  ])('a type that is %s is refused (A92)', (_, type) => {
    expect(codeOf({ payload: simpleSigning(DIGEST, { type }) })).toBe('PAYLOAD_TYPE');
  });
});

describe('the payload must have one reading', () => {
  const good = bytesOf(simpleSigning(DIGEST)).toString();
  const claim = `"docker-manifest-digest":"${DIGEST}"`;
  const other = `"docker-manifest-digest":"${OTHER_DIGEST}"`;
  it.each([
    [
      'the claim twice, the right one last (A87)',
      good.replace(claim, `${other},${claim}`),
      'JSON_DUPLICATE_KEY',
    ],
    [
      'the claim twice, the right one first (A87)',
      good.replace(claim, `${claim},${other}`),
      'JSON_DUPLICATE_KEY',
    ],
    [
      'the claim twice, once escaped (A88)',
      good.replace(claim, `${claim},${other.replace('digest', String.raw`d\u0069gest`)}`),
      'JSON_DUPLICATE_KEY',
    ],
    [
      'critical twice (A87)',
      good.replace('{"critical":', '{"critical":{},"critical":'),
      'JSON_DUPLICATE_KEY',
    ],
    ['a byte order mark (A97)', `\ufeff${good}`, 'UTF8_INVALID'],
    ['a second document (A100)', `${good}{}`, 'JSON_MALFORMED'],
    ['an array (A100)', `[${good}]`, 'JSON_MALFORMED'],
    ['nothing (A100)', '', 'JSON_MALFORMED'],
    [
      'gzip magic, which is never inflated (A129)',
      Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
      'UTF8_INVALID',
    ],
  ])('%s is refused', (_, payload, code) => {
    expect(codeOf({ payload })).toBe(code);
  });
});
