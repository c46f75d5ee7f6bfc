import { describe, expect, it } from '@jest/globals';
import type { Manifest, Registry } from '../../../../platform/registry/registry.ts';
import { ContentError, RegistryError } from '../../../../platform/registry/registry-error.ts';
import { candidateOfFailure, createReader } from '../../../../webhook/evidence/reader.ts';

const REF = { registry: 'contoso.azurecr.io', repository: 'team/app' };
const MIB = 1024 * 1024;

interface Held {
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  answer(value: unknown): void;
  fail(error: Error): void;
}

/** A registry whose answers wait until the test gives them; with `at once`, they do not. */
function createSetup(options: { answer?: () => unknown; signal?: AbortSignal } = {}) {
  const held: Held[] = [];
  let most = 0;
  let running = 0;
  const take = async (name: string, signal?: AbortSignal) => {
    running += 1;
    most = Math.max(most, running);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    held.push({ name, signal, answer: resolve, fail: reject });
    try {
      return options.answer === undefined ? await promise : options.answer();
    } finally {
      running -= 1;
    }
  };
  const registry = {
    fetchManifest: (_: unknown, reference: string, call: { signal?: AbortSignal }) =>
      take(reference, call.signal),
    fetchBlob: (_: unknown, { digest }: { digest: string }, call: { signal?: AbortSignal }) =>
      take(digest, call.signal),
  } as unknown as Registry;
  return { held, most: () => most, reader: createReader(registry, REF, options.signal) };
}

const manifestOf = (bytes: number): Manifest => ({
  bytes: new Uint8Array(bytes),
  digest: 'sha256:00',
  mediaType: '',
});
const blob = (size: number, digest = 'sha256:aa') => ({ digest, size });

describe('the bytes of one image', () => {
  it('are bounded over all its manifests', async () => {
    const { reader } = createSetup({ answer: () => manifestOf(4 * MIB) });
    for (let count = 0; count < 4; count += 1) await reader.readManifest('tag');
    await expect(reader.readManifest('tag')).rejects.toMatchObject({ code: 'LIMIT_BYTES' });
  });

  it('are bounded over all its blobs, before they are asked for', async () => {
    const { reader, held } = createSetup({ answer: () => new Uint8Array() });
    for (let count = 0; count < 16; count += 1)
      await reader.readBlob(blob(MIB, `sha256:${count}`), MIB);
    await expect(reader.readBlob(blob(1, 'sha256:last'), MIB)).rejects.toMatchObject({
      code: 'LIMIT_BYTES',
    });
    expect(held).toHaveLength(16);
  });

  it('are bounded for both together', async () => {
    const { reader } = createSetup({ answer: () => manifestOf(4 * MIB) });
    for (let count = 0; count < 3; count += 1) await reader.readManifest('tag');
    await reader.readBlob(blob(4 * MIB), 4 * MIB);
    await expect(reader.readBlob(blob(1, 'sha256:bb'), MIB)).rejects.toBeInstanceOf(ContentError);
    await expect(reader.readManifest('tag', 1)).rejects.toBeInstanceOf(ContentError);
  });

  it('are not asked for where a manifest says that it is larger than what is left', async () => {
    const { reader, held } = createSetup();
    await expect(reader.readManifest('sha256:aa', 17 * MIB)).rejects.toMatchObject({
      code: 'LIMIT_BYTES',
    });
    expect(held).toEqual([]);
  });

  it('are not spent by a manifest that is not there', async () => {
    const { reader } = createSetup({ answer: () => undefined });
    for (let count = 0; count < 100; count += 1)
      expect(await reader.readManifest('tag', MIB)).toBeUndefined();
  });

  it('are not spent by a blob that is larger than it may be: the registry port refuses that', async () => {
    const { reader, held } = createSetup({ answer: () => new Uint8Array() });
    await reader.readBlob(blob(100 * MIB), MIB);
    await reader.readBlob(blob(MIB, 'sha256:bb'), MIB);
    expect(held).toHaveLength(2);
  });
});

describe('a blob', () => {
  it('is fetched once for all layers that name it', async () => {
    const { reader, held } = createSetup();
    const both = [reader.readBlob(blob(3), 10), reader.readBlob(blob(3), 10)];
    const bytes = Uint8Array.of(1, 2, 3);
    held[0]?.answer(bytes);
    expect(await Promise.all(both)).toEqual([bytes, bytes]);
    expect(held).toHaveLength(1);
  });

  it('is asked for again where a layer gives it another size: one of them lies', async () => {
    const { reader, held } = createSetup({ answer: () => Uint8Array.of(1) });
    await Promise.all([reader.readBlob(blob(3), 10), reader.readBlob(blob(4), 10)]);
    expect(held).toHaveLength(2);
  });

  it('that is named and not there is unavailable, never absent', async () => {
    const { reader } = createSetup({ answer: () => undefined });
    await expect(reader.readBlob(blob(3), 10)).rejects.toMatchObject({
      code: 'REGISTRY_BAD_RESPONSE',
      message: expect.stringContaining('sha256:aa'),
    });
  });
});

describe('requests for one image', () => {
  it('are eight at a time; a failed one makes room like any other', async () => {
    const { reader, held, most } = createSetup();
    const reads = Array.from({ length: 20 }, (_, index) => reader.readManifest(`tag-${index}`));
    const outcomes = Promise.allSettled(reads);
    expect(held).toHaveLength(8);
    held[0]?.fail(new RegistryError('REGISTRY_TIMEOUT', 'slow'));
    held[1]?.answer(undefined);
    for (let next = 2; next < 20; next += 1) {
      while (held[next] === undefined) await Promise.resolve();
      held[next]?.answer(manifestOf(1));
    }
    const settled = await outcomes;
    expect(settled.map(({ status }) => status).filter((each) => each === 'rejected')).toHaveLength(
      1,
    );
    expect(most()).toBe(8);
    expect(held.map(({ name }) => name)).toEqual(reads.map((_, index) => `tag-${index}`));
  });

  it('carry the signal of the fetch', async () => {
    const { signal } = new AbortController();
    const { reader, held } = createSetup({ answer: () => manifestOf(1), signal });
    await reader.readManifest('tag');
    await reader.readBlob(blob(3), 10);
    expect(held.map((each) => each.signal)).toEqual([signal, signal]);
  });
});

describe('what a failure means for what was being read', () => {
  it('bytes that are not what was asked for speak against that candidate alone', () => {
    const failure = new ContentError('CONTENT_DIGEST_MISMATCH', 'others');
    expect(candidateOfFailure(failure, 'referrers', 'sha256:m')).toEqual({
      kind: 'rejected',
      store: 'referrers',
      manifestDigest: 'sha256:m',
      code: 'CONTENT_DIGEST_MISMATCH',
      detail: 'others',
    });
  });

  it('a registry that did not answer leaves it unknown', () => {
    const failure = new RegistryError('REGISTRY_THROTTLED', 'too many');
    expect(candidateOfFailure(failure, 'signature-tag', '')).toEqual({
      kind: 'unavailable',
      store: 'signature-tag',
      code: 'REGISTRY_THROTTLED',
      detail: 'too many',
    });
  });

  it.each<[string, unknown]>([
    ['a bug of ours', new TypeError('x is not a function')],
    ['nothing', undefined],
    ['a text', 'oops'],
    ['an object', { code: 'LIMIT_BYTES' }],
    ['an error with a borrowed code', Object.assign(new Error('x'), { code: 'LIMIT_BYTES' })],
  ])('%s leaves it unknown too, and is never a reason to deny or to allow', (_, failure) => {
    expect(candidateOfFailure(failure, 'referrers', '')).toMatchObject({
      kind: 'unavailable',
      code: 'INTERNAL_ERROR',
    });
  });
});
