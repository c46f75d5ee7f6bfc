import { describe, expect, it, jest } from '@jest/globals';
import { legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { daysFromNow, policyOf, revocationOf, unread, versionOf } from '../../../support/trust.ts';
import { createSetup, PASSED, SECOND, UNASKED } from './setup.ts';

jest.setTimeout(30_000);

const STRANGER = signerOf('P-256', 'stranger');
const REVOKED = {
  revocations: [
    revocationOf({
      key: {
        vaultUri: 'https://contoso.vault.azure.net',
        name: 'cosign-key',
        version: versionOf().version,
      },
    }),
  ],
};

describe('an allow', () => {
  it('from evidence of hours ago asks nobody and makes no timer', async () => {
    const { judge, source, clock } = createSetup();
    source.candidates = [legacy()];
    await judge();
    clock.advance(17 * 3600 * SECOND);
    expect(await judge({ deadline: UNASKED })).toMatchObject({ kind: 'allow' });
    expect(source.asked).toHaveLength(1);
  });
});

describe('a denial that rests on key state alone', () => {
  it.each([
    ['revoked', REVOKED, 'KEY_REVOKED'],
    ['disabled', { versions: [versionOf(signerOf(), { state: 'disabled' })] }, 'KEY_DISABLED'],
    [
      'not valid yet',
      { versions: [versionOf(signerOf(), { notBefore: daysFromNow(1) })] },
      'KEY_NOT_YET_VALID',
    ],
  ] as const)('is answered at once, and fetched again behind it: %s', async (_, trusting, code) => {
    const { judge, source, clock, countFetches, untilFetched } = createSetup();
    source.candidates = [legacy()];
    await judge();
    clock.advance(3600 * SECOND);
    const release = source.hold();
    const verdict = await judge({ deadline: UNASKED }, trusting);
    expect(verdict).toMatchObject({ kind: 'deny', code });
    expect(verdict).toHaveProperty('message', expect.not.stringContaining('as the registry was'));
    release();
    await untilFetched(2);
    expect(await countFetches('background')).toBe(1);
    expect(await countFetches('refresh')).toBe(0);
  });

  it('is lifted by signing again: the background fetch brings the new signature', async () => {
    const { judge, source, clock, untilFetched } = createSetup();
    source.candidates = [legacy()];
    await judge();
    clock.advance(60 * SECOND);
    const second = signerOf('P-256', 'second');
    const trusting = { ...REVOKED, versions: [versionOf(), versionOf(second)] };
    source.candidates = [legacy(), legacy({ signer: second })];
    expect(await judge({}, trusting)).toMatchObject({ kind: 'deny', code: 'KEY_REVOKED' });
    await untilFetched(2);
    expect(await judge({}, trusting)).toMatchObject({ kind: 'allow' });
  });

  it('is fetched at most once in ten seconds', async () => {
    const { judge, source, clock } = createSetup();
    source.candidates = [legacy()];
    for (let count = 0; count < 5; count += 1) await judge({}, REVOKED);
    clock.advance(10 * SECOND);
    await judge({}, REVOKED);
    expect(source.asked).toHaveLength(1);
  });
});

describe('any other refusal', () => {
  it('from evidence of ten seconds ago is answered as it is', async () => {
    const { judge, source, clock } = createSetup();
    await judge();
    clock.advance(10 * SECOND);
    expect(await judge({ deadline: UNASKED })).toMatchObject({ kind: 'deny' });
    expect(source.asked).toHaveLength(1);
  });

  it.each([
    ['no signature', [], 'NO_SIGNATURE'],
    ['a stranger’s signature', [legacy({ signer: STRANGER })], 'SIGNATURE_INVALID'],
    ['a store not read', [legacy({ signer: STRANGER }), unread()], 'REGISTRY_TIMEOUT'],
  ] as const)(
    'from older evidence is fetched again first, so that signing is the whole cure: %s',
    async (_, candidates, code) => {
      const { judge, source, clock, countFetches } = createSetup();
      source.candidates = candidates;
      expect(await judge()).toMatchObject({ code });
      source.candidates = [legacy()];
      clock.advance(10 * SECOND + 1);
      expect(await judge()).toMatchObject({ kind: 'allow' });
      expect(await countFetches('refresh')).toBe(1);
    },
  );

  it('that stands after the refetch says nothing of age', async () => {
    const { judge, clock } = createSetup();
    await judge();
    clock.advance(11 * SECOND);
    const verdict = await judge();
    expect(verdict).toMatchObject({ kind: 'deny', code: 'NO_SIGNATURE' });
    expect(verdict).toHaveProperty('message', expect.not.stringContaining('as the registry was'));
  });

  it('that rests on key state after the refetch is told so', async () => {
    const { judge, source, clock } = createSetup();
    await judge();
    source.candidates = [legacy()];
    clock.advance(11 * SECOND);
    expect(await judge({}, REVOKED)).toMatchObject({ kind: 'deny', code: 'KEY_REVOKED' });
  });

  it('with one key-state denial among several policies is fetched again first', async () => {
    const { judge, source, clock, countFetches } = createSetup();
    source.candidates = [legacy()];
    const policies = [policyOf(), policyOf({ id: 'other', keySets: [{ keySet: 'gone/none' }] })];
    const trusting = { ...REVOKED, policies };
    await judge({}, trusting);
    clock.advance(11 * SECOND);
    await judge({}, trusting);
    expect(await countFetches('refresh')).toBe(1);
  });
});

describe('a refusal from evidence that could not be renewed', () => {
  it.each([
    ['while the back-off holds', 'asked again within a minute'],
    ['while the registry does not answer', 'the registry does not answer now'],
    ['when the review has no time', 'the registry answers too slowly'],
  ])('keeps its reason and tells its age: %s', async (when, words) => {
    const { judge, source, clock } = createSetup();
    source.candidates = [legacy({ signer: STRANGER })];
    await judge();
    clock.advance(11 * SECOND);
    const isBackOff = when.includes('back-off');
    if (isBackOff) {
      // Twice nothing new: the third question within 20 s is held back.
      await judge();
      clock.advance(11 * SECOND);
      await judge();
      clock.advance(11 * SECOND);
    }
    if (when.includes('not answer')) source.candidates = [unread()];
    if (when.includes('no time')) source.hold();
    const deadline = when.includes('no time') ? { deadline: PASSED } : {};
    expect(await judge(deadline)).toMatchObject({
      kind: 'deny',
      code: 'SIGNATURE_INVALID',
      message: expect.stringMatching(
        new RegExp(`\\(as the registry was 11 s ago; ${words}\\)$`, 'u'),
      ),
    });
  });

  it('is an allow when what could be read suffices, without a word about age', async () => {
    const { judge, source, clock } = createSetup();
    source.candidates = [legacy({ signer: STRANGER })];
    await judge();
    source.candidates = [legacy(), unread()];
    clock.advance(11 * SECOND);
    expect(await judge()).toMatchObject({ kind: 'allow' });
  });
});
