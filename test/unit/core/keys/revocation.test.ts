import { describe, expect, it } from '@jest/globals';
import type { KeyRevocation } from '../../../../core/keys/key-set.ts';
import { indexRevocations, type Revocable } from '../../../../core/keys/revocation.ts';
import { revocationOf, VAULT } from '../../../support/trust.ts';

const LEAKED = `sha256:${'1f'.repeat(32)}`;
const OTHER = `sha256:${'2e'.repeat(32)}`;
const entry = (overrides: Partial<Revocable> = {}): Revocable => ({
  vaultUri: VAULT,
  name: 'cosign-key',
  version: 'a1',
  fingerprint: LEAKED,
  ...overrides,
});
const inline = entry({ vaultUri: '', name: '', version: '' });
const byVersion = revocationOf({
  name: 'by-version',
  key: { vaultUri: VAULT, name: 'cosign-key', version: 'a1' },
});
const byFingerprint = revocationOf({ name: 'by-fingerprint', fingerprint: LEAKED });

/** Which of `entries` are revoked, by what. */
const find = (
  entries: readonly Revocable[],
  ...revocations: readonly ReturnType<typeof revocationOf>[]
) => entries.map(indexRevocations(entries, revocations)).map((revocation) => revocation?.name);

describe('a revocation covers', () => {
  it.each([
    ['nothing where there is none', [entry()], [], [undefined]],
    [
      'its version',
      [entry(), entry({ version: 'b2', fingerprint: OTHER })],
      [byVersion],
      ['by-version', undefined],
    ],
    [
      'its version in any spelling',
      [entry({ vaultUri: `${VAULT.toUpperCase()}/`, name: 'Cosign-Key', version: 'A1' })],
      [byVersion],
      ['by-version'],
    ],
    [
      'its version where the key is not known',
      [entry({ fingerprint: undefined })],
      [byVersion],
      ['by-version'],
    ],
    [
      'not the same version of another key',
      [entry({ name: 'other-key', fingerprint: OTHER })],
      [byVersion],
      [undefined],
    ],
    [
      'not the same version in another vault',
      [entry({ vaultUri: 'https://x.vault.azure.net', fingerprint: OTHER })],
      [byVersion],
      [undefined],
    ],
    [
      'its fingerprint',
      [entry(), entry({ version: 'b2', fingerprint: OTHER })],
      [byFingerprint],
      ['by-fingerprint', undefined],
    ],
    [
      'its fingerprint in any case',
      [entry({ fingerprint: LEAKED.toUpperCase() })],
      [byFingerprint],
      ['by-fingerprint'],
    ],
    [
      'its fingerprint, however it is written there',
      [entry()],
      [revocationOf({ name: 'x', fingerprint: LEAKED.toUpperCase() })],
      ['x'],
    ],
    ['an inline key by its fingerprint', [inline], [byFingerprint], ['by-fingerprint']],
    [
      'not a key of which nothing is known',
      [entry({ fingerprint: undefined })],
      [byFingerprint],
      [undefined],
    ],
    [
      'by a revocation that names nothing, nothing',
      [entry(), inline],
      [revocationOf()],
      [undefined, undefined],
    ],
  ])('%s', (_, entries, revocations, expected) => {
    expect(find(entries, ...revocations)).toEqual(expected);
  });
});

describe('revoking a version revokes its key wherever else it stands', () => {
  const copy = entry({ vaultUri: 'https://x.vault.azure.net', name: 'copy', version: 'c3' });

  it('in another vault and inline, whatever the order of entries', () => {
    const entries = [inline, copy, entry()];
    expect(find(entries, byVersion)).toEqual(['by-version', 'by-version', 'by-version']);
    expect(find(entries.toReversed(), byVersion)).toEqual([
      'by-version',
      'by-version',
      'by-version',
    ]);
  });

  it('in any case of its fingerprint', () => {
    const shouted = { ...copy, fingerprint: LEAKED.toUpperCase() };
    expect(find([entry(), shouted], byVersion)).toEqual(['by-version', 'by-version']);
    expect(find([entry({ fingerprint: LEAKED.toUpperCase() }), copy], byVersion)).toEqual([
      'by-version',
      'by-version',
    ]);
  });

  it('under every fingerprint that it was ever seen with', () => {
    const entries = [entry(), entry({ fingerprint: OTHER }), { ...inline, fingerprint: OTHER }];
    expect(find(entries, byVersion)).toEqual(['by-version', 'by-version', 'by-version']);
  });

  it('but no other key', () => {
    expect(find([entry(), { ...copy, fingerprint: OTHER }], byVersion)).toEqual([
      'by-version',
      undefined,
    ]);
  });
});

it('a revocation of nothing does not take inline keys for a version without a name', () => {
  const empty = revocationOf({ key: { vaultUri: '', name: '', version: '' } });
  expect(find([inline], empty)).toEqual([undefined]);
});

it('a revocation by version is named before one by fingerprint', () => {
  expect(find([entry()], byFingerprint, byVersion)).toEqual(['by-version']);
});

describe('of several revocations of one key the first by name is told, whatever their order', () => {
  const named = (name: string, overrides: Partial<KeyRevocation>) =>
    revocationOf({ name, ...overrides });
  const leaked = { fingerprint: LEAKED };
  const version = { key: { vaultUri: VAULT, name: 'cosign-key', version: 'a1' } };
  const copy = { key: { vaultUri: VAULT, name: 'cosign-key', version: 'b2' } };

  it.each([
    ['both by fingerprint', leaked, leaked],
    ['both by version', version, version],
    ['by fingerprint and by a version of the key', leaked, version],
    ['by a version of the key and by fingerprint', version, leaked],
    ['by two versions that hold the key', version, copy],
    ['by two versions that hold the key, the other first', copy, version],
  ])('%s', (_, first, second) => {
    const revocations = [named('a', first), named('b', second)];
    const entries = [entry(), entry({ version: 'b2' }), inline];
    for (const ordered of [entries, entries.toReversed()]) {
      for (const given of [revocations, revocations.toReversed()]) {
        expect(indexRevocations(ordered, given)(inline)?.name).toBe('a');
      }
    }
  });
});
