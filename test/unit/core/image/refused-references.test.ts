/** What is said of a reference that is refused, word for word, and the limits to the last character. */
import { describe, expect, it } from '@jest/globals';
import { findImages } from '../../../../core/image/pod-images.ts';
import { parseImageReference } from '../../../../core/image/reference.ts';
import { DIGEST, HEX } from '../../../support/signatures.ts';

const detailOf = (text: string): string => {
  const parsed = parseImageReference(text);
  return parsed.ok ? 'accepted' : parsed.detail;
};

const SHAPE =
  'has a name that is not allowed (lower-case letters, digits, and single separators inside)';

describe('the reason for a refusal', () => {
  it.each([
    ['', 'names no image'],
    [`@${DIGEST}`, 'names no image'],
    ['@x', 'has a digest that is not sha256: and 64 lower-case hex digits'],
    [HEX, 'is an image id, not a name'],
    ['a.b/x@sha256:A1', 'has a digest that is not sha256: and 64 lower-case hex digits'],
    ['a.b/x:', 'has a tag that is not allowed'],
    ['a.b/x:-', 'has a tag that is not allowed'],
    ['A.b/x', 'has upper-case letters in its registry: write them in lower case'],
    ['a.b/X', 'has upper-case letters in its name'],
    ['[::1]:5000/x', 'has an IPv6 or malformed registry address'],
    ['[a.b]/x', 'has an IPv6 or malformed registry address'],
    ['a.b:1:2/x', 'has an IPv6 or malformed registry address'],
    ['a..b/x', 'has a registry that is not a host name'],
    ['a.b:/x', 'has a registry port that is not a number'],
    ['a.b:65536/x', 'has a registry port that is not a number'],
    ['a.b:443/x', 'writes out the default port 443: leave it out'],
    ['/x', SHAPE],
    ['a.b/', SHAPE],
    ['a.b/x..y', SHAPE],
  ])('of %p is that it %s', (text, why) => {
    expect(detailOf(text)).toBe(`${JSON.stringify(text)} ${why}`);
  });

  it('is the algorithm, where a digest is well formed and not SHA-256', () => {
    const text = `a.b/x@sha512:${'a'.repeat(64)}`;
    expect(parseImageReference(text)).toStrictEqual({
      ok: false,
      code: 'DIGEST_UNSUPPORTED',
      detail: `"${text}" has a digest other than sha256`,
    });
  });

  it('is the length of the name at 256 characters, and of the whole at 585', () => {
    expect(detailOf(`a.b/${'x'.repeat(251)}`)).toBe('accepted');
    expect(detailOf(`a.b/${'x'.repeat(252)}`)).toMatch(/ has a name longer than 255 characters$/);
    expect(detailOf('x'.repeat(584))).toMatch(/ has a name longer than 255 characters$/);
    expect(detailOf('x'.repeat(585))).toMatch(/ is too long$/);
  });
});

describe('what is read', () => {
  it('has a tag or a digest only where one is given or implied', () => {
    const place = { registry: 'a.b', repository: 'team/app' };
    expect(parseImageReference(`a.b/team/app@${DIGEST}`)).toStrictEqual({
      ok: true,
      ref: { ...place, digest: DIGEST },
    });
    expect(parseImageReference('a.b/team/app')).toStrictEqual({
      ok: true,
      ref: { ...place, tag: 'latest' },
    });
  });

  it.each([
    ['app.v1', 'docker.io', 'library/app.v1'],
    ['a.b/my-app/team_one/two__three', 'a.b', 'my-app/team_one/two__three'],
  ])('of %p is the registry %s', (text, registry, repository) => {
    expect(parseImageReference(text)).toMatchObject({ ok: true, ref: { registry, repository } });
  });
});

it.each([[null], ['Pod'], [[]], [undefined]])(
  '%p is no object in which images could be',
  (value) => {
    expect(findImages(value)).toStrictEqual({ ok: false, detail: 'the object is not an object' });
  },
);
