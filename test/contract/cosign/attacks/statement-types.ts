/** What kind of statement it is. */
import { statementOf } from '../../../support/signatures.ts';
import type { AttackRow } from './row.ts';
import { ONE_READING, statementText, states } from './statement-row.ts';

const ATTESTATION =
  'to keyward a signature is what cosign sign says and nothing else: an attestation is none';

export const STATEMENT_TYPES: readonly AttackRow[] = [
  ...(
    [
      ['of SLSA provenance', 'https://slsa.dev/provenance/v1'],
      ['of cosign’s sign predicate in upper case', 'HTTPS://sigstore.dev/cosign/sign/v1'],
      ['of cosign’s sign predicate with a slash', 'https://sigstore.dev/cosign/sign/v1/'],
      ['without a predicate type', undefined],
    ] as const
  ).map(([name, predicateType]) =>
    states(
      `a statement ${name}`,
      {
        ids: predicateType?.includes('slsa') === true ? 'A62' : 'A63',
        keyward: 'deny PREDICATE_TYPE',
        cosign: 'accepts',
        why: ATTESTATION,
      },
      (digest) => statementOf(digest, { predicateType }),
    ),
  ),
  ...(
    [
      ['v0.1', 'https://in-toto.io/Statement/v0.1'],
      ['of another kind', 'https://example.test/Statement/v1'],
      ['without _type', undefined],
    ] as const
  ).map(([name, type]) =>
    states(
      `a statement ${name}`,
      { ids: 'A61', keyward: 'deny STATEMENT_TYPE', cosign: 'accepts', why: ATTESTATION },
      (digest) => statementOf(digest, { _type: type }),
    ),
  ),
  states(
    'without a predicate, as cosign before v3.0.5 writes',
    { ids: 'P8', keyward: 'allow' },
    (digest) => statementOf(digest, { predicate: undefined }),
  ),
  states(
    'a predicate that is null',
    { ids: 'A101', keyward: 'deny JSON_FIELD', cosign: 'accepts', why: ONE_READING },
    (digest) => statementOf(digest, { predicate: null }),
  ),
  states('a predicate with something in it', { ids: 'P8', keyward: 'allow' }, (digest) =>
    statementOf(digest, { predicate: { note: 'x' } }),
  ),
  states(
    'predicateType twice, the right one last',
    { ids: 'A89', keyward: 'deny JSON_DUPLICATE_KEY' },
    (digest) =>
      statementText(digest).replace('"predicateType"', '"predicateType":"x","predicateType"'),
  ),
  states(
    'an unknown member of the statement',
    {
      ids: 'P8',
      keyward: 'allow',
      cosign: 'refuses',
      why: 'in-toto tells readers to ignore members that they do not know',
    },
    (digest) => statementText(digest).replace('{', '{"note":1,'),
  ),
  states(
    'text after the statement',
    { ids: 'A100', keyward: 'deny JSON_MALFORMED' },
    (digest) => `${statementText(digest)}x`,
  ),
  states('a statement that is null', { ids: 'A100', keyward: 'deny JSON_MALFORMED' }, () => 'null'),
];
