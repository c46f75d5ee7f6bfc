import { describe, expect, it } from '@jest/globals';
import { catchRefusal } from '../../../../core/cosign/refusal.ts';
import { readStatement } from '../../../../core/cosign/statement.ts';
import {
  bytesOf,
  DIGEST,
  HEX,
  OTHER_DIGEST,
  statementOf,
  type Content,
} from '../../../support/signatures.ts';

const OTHER_HEX = OTHER_DIGEST.slice('sha256:'.length);
const subjectOf = (hex: string, annotations?: object) => ({ digest: { sha256: hex }, annotations });
const withSubject = (subject: unknown) => statementOf(DIGEST, { subject });
const read = (statement: Content, digest = DIGEST) =>
  catchRefusal(() => readStatement(bytesOf(statement), digest));

describe('a statement that signs the image', () => {
  it.each([
    ['without a predicate, as before cosign v3.0.5', statementOf(DIGEST, { predicate: undefined })],
    ['with an empty predicate', statementOf(DIGEST)],
    [
      'with members that this version does not know',
      statementOf(DIGEST, { future: 1, predicate: { x: [1] } }),
    ],
    ['with a subject that has a name', withSubject([{ name: 'app', ...subjectOf(HEX) }])],
    [
      'with a subject that has other digests too',
      withSubject([{ digest: { sha512: 'x', sha256: HEX } }]),
    ],
    [
      'with the right subject after a wrong one (A51)',
      withSubject([subjectOf(OTHER_HEX), subjectOf(HEX)]),
    ],
  ])('%s is read (P8)', (_, statement) => {
    expect(read(statement)).toEqual({ digest: DIGEST, annotations: new Map() });
  });

  it.each([
    ['absent', undefined, []],
    ['empty, as cosign v3.1 writes it', {}, []],
    [
      'present',
      { env: 'prod', team: 'a' },
      [
        ['env', 'prod'],
        ['team', 'a'],
      ],
    ],
  ])('may have annotations %s (P8)', (_, annotations, expected) => {
    expect(read(withSubject([subjectOf(HEX, annotations)]))).toEqual({
      digest: DIGEST,
      annotations: new Map(expected as [string, string][]),
    });
  });

  it('has the annotations of its own subject, not of another (A79)', () => {
    const subjects = [subjectOf(OTHER_HEX, { env: 'prod' }), subjectOf(HEX, { env: 'test' })];
    expect(read(withSubject(subjects))).toMatchObject({ annotations: new Map([['env', 'test']]) });
    expect(
      read(withSubject([subjectOf(OTHER_HEX, { env: 'prod' }), subjectOf(HEX)])),
    ).toMatchObject({
      annotations: new Map(),
    });
  });

  it('has the annotations of the first of two equal subjects, whatever the second claims', () => {
    const subjects = [subjectOf(HEX, { env: 'test' }), subjectOf(HEX, { env: 'prod' })];
    expect(read(withSubject(subjects))).toMatchObject({ annotations: new Map([['env', 'test']]) });
  });

  it('keeps only annotations that are strings, under their exact names (A76, A78)', () => {
    const text = `{"a":1,"b":["x"],"c":{"x":"y"},"d":null,"e":"x","__proto__":"y"}`;
    const statement = bytesOf(statementOf())
      .toString()
      .replace('"subject":[{', `"subject":[{"annotations":${text},`);
    expect(read(statement)).toMatchObject({
      annotations: new Map([
        ['e', 'x'],
        ['__proto__', 'y'],
      ]),
    });
  });
});

describe('a statement of another kind is an attestation, not a signature', () => {
  it.each([
    'https://slsa.dev/provenance/v1',
    'https://spdx.dev/Document',
    'https://sigstore.dev/cosign/sign/v2',
    '',
    null,
    undefined,
    1,
    ['https://sigstore.dev/cosign/sign/v1'],
  ])('predicateType %j is refused', (predicateType) => {
    expect(read(statementOf(DIGEST, { predicateType }))).toMatchObject({ code: 'PREDICATE_TYPE' });
  });

  it.each([
    'https://sigstore.dev/cosign/sign/v1/',
    'https://sigstore.dev/cosign/sign/v1 ',
    ' https://sigstore.dev/cosign/sign/v1',
    'https://sigstore.dev/cosign/sign/V1',
    'HTTPS://sigstore.dev/cosign/sign/v1',
  ])('predicateType %j only looks like that of a signature (A63)', (predicateType) => {
    expect(read(statementOf(DIGEST, { predicateType }))).toMatchObject({ code: 'PREDICATE_TYPE' });
  });

  it.each([
    'https://in-toto.io/Statement/v0.1',
    'https://in-toto.io/Statement/v1/',
    'https://in-toto.io/statement/v1',
    '',
    null,
    undefined,
    1,
  ])('_type %j is refused (A61)', (_type) => {
    expect(read(statementOf(DIGEST, { _type }))).toMatchObject({ code: 'STATEMENT_TYPE' });
  });
});

describe('a statement about another image is refused', () => {
  it.each([
    ['the wrong digest (A42)', [subjectOf(OTHER_HEX)]],
    ['the digest in upper case (A50)', [subjectOf(HEX.toUpperCase())]],
    ['the digest with its algorithm', [subjectOf(DIGEST)]],
    ['the digest with a blank', [subjectOf(`${HEX} `)]],
    ['a truncated digest', [subjectOf(HEX.slice(1))]],
    ['the digest under sha512 (A49)', [{ digest: { sha512: HEX } }]],
    ['the digest under sha1 (A49)', [{ digest: { sha1: HEX } }]],
    ['the digest under gitCommit (A49)', [{ digest: { gitCommit: HEX } }]],
    ['the digest under SHA256 (A49)', [{ digest: { SHA256: HEX } }]],
    ['the digest as an array', [{ digest: { sha256: [HEX] } }]],
    ['the digest as its name', [{ name: DIGEST, digest: {} }]],
    ['no digest in digest (A52)', [{ digest: {} }]],
    ['digest null (A52, A101)', [{ digest: null }]],
    ['digest a string', [{ digest: HEX }]],
    ['no digest (A52)', [{ name: 'app' }]],
    ['a subject null (A52, A101)', [null]],
    ['a null after the right subject (A52)', [subjectOf(HEX), null]],
    ['no subject (A52)', []],
    ['subject null (A52, A101)', null],
    ['subject an object', subjectOf(HEX)],
    ['subject missing', undefined],
  ])('%s', (_, subject) => {
    expect(read(withSubject(subject))).toMatchObject({ code: 'SUBJECT_MISMATCH' });
  });

  it('the digest only on the prototype (A53)', () => {
    const statement = `{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://sigstore.dev/cosign/sign/v1",
      "subject":[{"digest":{"__proto__":{"sha256":"${HEX}"}}},{"__proto__":{"digest":{"sha256":"${HEX}"}},"digest":{}}]}`;
    expect(read(statement)).toMatchObject({ code: 'SUBJECT_MISMATCH' });
  });
});

describe('a statement is bounded and read strictly', () => {
  it.each([
    ['1024 subjects are read', 1024, 1, undefined],
    ['1025 subjects are too many, the right one among them (A54)', 1025, 1, 'LIMIT_SUBJECTS'],
    ['32 digests in one subject are read', 1, 32, undefined],
    ['33 digests in one subject are too many (A54)', 1, 33, 'LIMIT_SUBJECTS'],
  ])('%s', (_, subjects, digests, code) => {
    const extra = Array.from({ length: digests - 1 }, (__, index) => [`x${index}`, HEX]);
    const last = { digest: { sha256: HEX, ...Object.fromEntries(extra) } };
    const others = Array.from({ length: subjects - 1 }, () => subjectOf(OTHER_HEX));
    expect(read(withSubject([...others, last]))).toMatchObject(
      code ? { code } : { digest: DIGEST },
    );
  });

  it('more subjects than fit into a bundle are refused by their bytes (A54)', () => {
    const subjects = `${'{"digest":{}},'.repeat(100_000)}{"digest":{"sha256":"${HEX}"}}`;
    expect(read(`{"subject":[${subjects}]}`)).toMatchObject({ code: 'LIMIT_BYTES' });
  });

  it.each([
    ['a duplicate key (A89)', '{"_type":1,"_type":2}', 'JSON_DUPLICATE_KEY'],
    [
      'a duplicate digest (A89)',
      bytesOf(statementOf()).toString().replace('{"sha256":', `{"sha256":"${OTHER_HEX}","sha256":`),
      'JSON_DUPLICATE_KEY',
    ],
    ['text that is no JSON (A10)', 'not a statement', 'JSON_MALFORMED'],
    ['an empty payload (A100)', '', 'JSON_MALFORMED'],
    ['bytes that are no text (A97)', Buffer.from([0xff]), 'UTF8_INVALID'],
    ['predicate null (A101)', statementOf(DIGEST, { predicate: null }), 'JSON_FIELD'],
    ['a predicate that is a list', statementOf(DIGEST, { predicate: [] }), 'JSON_FIELD'],
    [
      'annotations null (A101)',
      withSubject([{ ...subjectOf(HEX), annotations: null }]),
      'JSON_FIELD',
    ],
    [
      'annotations that are a list',
      withSubject([{ ...subjectOf(HEX), annotations: [] }]),
      'JSON_FIELD',
    ],
    [
      'annotations null of another subject (A101)',
      withSubject([subjectOf(HEX), { ...subjectOf(OTHER_HEX), annotations: null }]),
      'JSON_FIELD',
    ],
    [
      'bad annotations of another subject',
      withSubject([subjectOf(HEX), { ...subjectOf(OTHER_HEX), annotations: 1 }]),
      'JSON_FIELD',
    ],
  ])('%s is refused', (_, statement, code) => {
    expect(read(statement)).toMatchObject({ ok: false, code });
  });
});
