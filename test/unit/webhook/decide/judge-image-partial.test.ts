/** What is answered before everything was read, and what is made good for it. */
import { describe, expect, it, jest } from '@jest/globals';
import { bundle, legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { revocationOf, unread, VAULT, versionOf } from '../../../support/trust.ts';
import { createSetup, SECOND, UNASKED } from './setup.ts';

jest.setTimeout(30_000);

const NOT_READ = unread({ code: 'DEADLINE', detail: 'not read yet' });
const FAILED = unread({ code: 'REGISTRY_TIMEOUT' });
const GOOD = legacy();
const STRANGER = legacy({ signer: signerOf('P-256', 'stranger') });
const REVOKED = {
  revocations: [
    revocationOf({ key: { vaultUri: VAULT, name: 'cosign-key', version: versionOf().version } }),
  ],
};

describe('an image nobody asked about, of which one store was read', () => {
  it('is allowed by what that store holds, while the other goes on being read', async () => {
    const { judge, source, untilFetched, countFetches } = createSetup();
    source.early = [GOOD, NOT_READ];
    const release = source.hold();
    source.candidates = [GOOD, bundle()];
    expect(await judge()).toMatchObject({ kind: 'allow' });
    expect(source.signals[0]?.aborted).toBe(false);
    release();
    await untilFetched(1);
    expect(await countFetches('cold')).toBe(1);
    expect(await judge({ deadline: UNASKED })).toMatchObject({ kind: 'allow' });
    expect(source.asked).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    ['by a stranger’s signature alone', {}, 'SIGNATURE_INVALID'],
    ['by a revoked key’s signature alone', REVOKED, 'KEY_REVOKED'],
  ])('is not refused %s before the other store was read', async (_, trusting, code) => {
    const { judge, source } = createSetup();
    const candidate = code === 'KEY_REVOKED' ? legacy() : STRANGER;
    source.early = [candidate, NOT_READ];
    const release = source.hold();
    let answered = false;
    const verdict = judge({}, trusting).finally(() => {
      answered = true;
    });
    // The trials of what was told are made meanwhile.
    while (source.asked.length === 0) await new Promise(setImmediate);
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(answered).toBe(false);
    source.candidates = [candidate];
    release();
    expect(await verdict).toMatchObject({ kind: 'deny', code });
  });

  it('is allowed by the store that is read last, when the first has nothing good', async () => {
    const { judge, source } = createSetup();
    source.early = [STRANGER, NOT_READ];
    source.candidates = [STRANGER, bundle()];
    expect(await judge()).toMatchObject({ kind: 'allow' });
  });
});

describe('evidence that was kept in part', () => {
  it('allows at once, and is completed behind the answer', async () => {
    const { judge, source, clock, countFetches, untilFetched } = createSetup();
    source.candidates = [legacy(), FAILED];
    expect(await judge()).toMatchObject({ kind: 'allow' });
    clock.advance(SECOND);
    source.candidates = [legacy(), bundle()];
    expect(await judge({ deadline: UNASKED })).toMatchObject({ kind: 'allow' });
    await untilFetched(2);
    expect(await countFetches('background')).toBe(1);
    clock.advance(SECOND);
    await judge({ deadline: UNASKED });
    expect(source.asked).toHaveLength(2);
  });

  it('is completed before any other answer, however young it is', async () => {
    const { judge, source, clock, countFetches } = createSetup();
    source.candidates = [STRANGER, FAILED];
    expect(await judge()).toMatchObject({ kind: 'unavailable', code: 'REGISTRY_TIMEOUT' });
    clock.advance(SECOND);
    source.candidates = [STRANGER];
    expect(await judge()).toMatchObject({ kind: 'deny', code: 'SIGNATURE_INVALID' });
    expect(await countFetches('refresh')).toBe(1);
  });

  it('is never a denial, not even by key state: the store that failed may hold a good signature', async () => {
    const { judge, source } = createSetup();
    source.candidates = [legacy(), FAILED];
    for (let count = 0; count < 3; count += 1)
      expect(await judge({}, REVOKED)).toMatchObject({
        kind: 'unavailable',
        code: 'REGISTRY_TIMEOUT',
      });
  });
});

describe('a failure', () => {
  it('is not kept: the next question after its back-off asks again, and the answer is the registry’s', async () => {
    const { judge, source, clock } = createSetup();
    source.candidates = [FAILED, unread({ store: 'signature-tag' })];
    expect(await judge()).toMatchObject({ kind: 'unavailable' });
    expect(await judge()).toMatchObject({ kind: 'unavailable' });
    expect(source.asked).toHaveLength(1);
    source.candidates = [legacy()];
    clock.advance(SECOND);
    expect(await judge()).toMatchObject({ kind: 'allow' });
  });
});
