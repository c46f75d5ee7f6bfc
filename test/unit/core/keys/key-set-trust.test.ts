import { describe, expect, it } from '@jest/globals';
import type { KeyVersionStatus } from '../../../../core/keys/key-version.ts';
import { signerOf } from '../../../support/signing.ts';
import {
  DAY,
  daysFromNow,
  inlineVersionOf,
  NOW,
  trustIn,
  versionOf,
  without,
  type KeySetOptions,
} from '../../../support/trust.ts';

const prod = (versions: readonly KeyVersionStatus[], options: KeySetOptions = {}) =>
  trustIn(versions, options).keySets.get('keyward-system/prod');
const keysIn = (...versions: readonly KeyVersionStatus[]) => prod(versions)?.keys ?? [];
const compare = (a = '', b = '') => (a < b ? -1 : 1);

describe('the age of trust', () => {
  const stale = (options: KeySetOptions, versions = [versionOf()]) =>
    prod(versions, options)?.staleAt;
  it.each<[string, KeySetOptions, number | undefined]>([
    ['is counted from the last reconcile', {}, NOW + DAY],
    ['ends at staleAfter', { spec: { staleAfterSeconds: 900 } }, NOW + 900_000],
    [
      'began before all time where the last reconcile cannot be read',
      { status: { lastReconciledTime: 'today' } },
      0,
    ],
    ['does not matter under KeepTrust', { spec: { onStale: 'KeepTrust' } }, undefined],
  ])('%s', (_, options, expected) => {
    expect(stale(options)).toBe(expected);
  });

  it('does not matter to inline keys, which no vault could take back', () => {
    expect(
      stale({}, [inlineVersionOf(), inlineVersionOf(signerOf('P-256', 'other'))]),
    ).toBeUndefined();
  });

  it('matters where one key comes from a vault, and where there is none', () => {
    expect(stale({}, [inlineVersionOf(), versionOf()])).toBe(NOW + DAY);
    expect(stale({}, [])).toBe(NOW + DAY);
  });

  it.each(['Trust', 'Deny', 'AllowTimestamped'] as const)(
    'and what is done with expired keys is handed on: %s',
    (expiredKeys) => {
      expect(prod([versionOf()], { spec: { expiredKeys } })).toMatchObject({ expiredKeys });
    },
  );
});

describe('keys are in view newest first', () => {
  const version = (name: string, createdOn: string | undefined) => {
    const made = versionOf(signerOf('P-256', name), { name });
    return createdOn === undefined ? without(made, 'createdOn') : { ...made, createdOn };
  };
  const namesOf = (...versions: readonly KeyVersionStatus[]) =>
    keysIn(...versions).map(({ name }) => name);

  it('by creation, then by name, whatever the order of the status', () => {
    const versions = [
      version('b', daysFromNow(-1)),
      version('d', undefined),
      version('a', daysFromNow(-1)),
      version('c', daysFromNow(0)),
    ];
    expect(namesOf(...versions)).toEqual(['c', 'a', 'b', 'd']);
    expect(namesOf(...versions.toReversed())).toEqual(['c', 'a', 'b', 'd']);
  });

  it('by fingerprint where two entries have one name', () => {
    const pair = ['one', 'two'].map((label) => inlineVersionOf(signerOf('P-256', label)));
    const sorted = pair.map(({ fingerprint }) => fingerprint).toSorted(compare);
    expect(keysIn(...pair).map(({ fingerprint }) => fingerprint)).toEqual(sorted);
    expect(keysIn(...pair.toReversed()).map(({ fingerprint }) => fingerprint)).toEqual(sorted);
  });

  it('where two entries are the same in all, both', () => {
    expect(keysIn(versionOf(), versionOf())).toHaveLength(2);
  });
});
