import { describe, expect, it } from '@jest/globals';
import { KEY_ALGORITHMS } from '../../../../core/keys/key-version.ts';
import { findSurprises, readEdgeSignatures } from '../../../support/edge-signatures.ts';
import { WRAPPED_TOO, wycheproofClasses } from '../../../support/wycheproof-classes.ts';

const all = readEdgeSignatures();

describe('signatures by an independent signer, class by class', () => {
  it('there are all six kinds of key, all three answers for each, and the forgeries against e = 3', () => {
    for (const algorithm of KEY_ALGORITHMS) {
      const answers = all.cases.flatMap(({ key, expected }) => (key === algorithm ? expected : []));
      expect(new Set(answers)).toEqual(new Set(['valid', 'invalid', 'encoding']));
      expect(answers.length).toBeGreaterThan(100);
    }
    expect(all.keys.filter(({ loads }) => loads === 'KEY_WEAK')).toHaveLength(3);
  });

  it.each(KEY_ALGORITHMS)('every class that Wycheproof names is there for %s', (algorithm) => {
    // A case may need a key of its own: it is named after the algorithm.
    const names = all.cases.flatMap(({ key, what }) =>
      key === algorithm || key.startsWith(`${algorithm},`) ? what : [],
    );
    const classes = Object.entries(wycheproofClasses(algorithm));
    expect(classes.filter(([, what]) => !names.includes(what))).toEqual([]);
    const wrapped = algorithm.startsWith('RSA') ? WRAPPED_TOO : [];
    expect(wrapped.filter((what) => !names.includes(`${what}, wrapped`))).toEqual([]);
  });

  it.each(all.keys.map((key) => [key.name, key] as const))(
    'each by a key %s is valid, invalid or no signature at all, as its signer says (B-45)',
    (_, key) => {
      expect(findSurprises(all, key)).toEqual([]);
    },
  );
});
