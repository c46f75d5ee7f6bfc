/** What a cache need not hold twice: the claims of signed bytes, read again, are those that the parser read. */
import { describe, expect, it } from '@jest/globals';
import { readClaims } from '../../../../core/cosign/claims.ts';
import {
  encodePreAuthentication,
  payloadOfPreAuthentication,
} from '../../../../core/cosign/pae.ts';
import { parseBundle } from '../../../../core/cosign/bundle.ts';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import {
  bundle,
  bundleBlob,
  bytesOf,
  DIGEST,
  HEX,
  IN_TOTO,
  legacy,
  OTHER_DIGEST,
  simpleSigning,
  statementOf,
} from '../../../support/signatures.ts';

const annotations = { env: 'prod' };
const subject = [{ digest: { sha256: HEX }, annotations }];

describe.each<[string, Candidate]>([
  ['legacy', legacy({ payload: simpleSigning(DIGEST, {}, { optional: annotations }) })],
  ['bundle', bundle({ statement: statementOf(DIGEST, { subject }) })],
])('of a %s', (_, candidate) => {
  if (candidate.kind !== 'sound') throw new Error('not sound');
  const { format, signedBytes, claims } = candidate;

  it('are the same', () => {
    expect(readClaims(format, signedBytes, DIGEST)).toStrictEqual(claims);
    expect(claims.annotations).toEqual(new Map([['env', 'prod']]));
  });

  it('are refused for any other image', () => {
    expect(() => readClaims(format, signedBytes, OTHER_DIGEST)).toThrow(/another image|no subject/);
  });

  it('are refused as those of the other format', () => {
    const other = format === 'legacy' ? 'bundle' : 'legacy';
    expect(() => readClaims(other, signedBytes, DIGEST)).toThrow(/JSON|not/);
  });
});

it.each(['', ' ', 'a b  c d e', 'DSSEv1 4 type 3 abc'])(
  'a payload of %p comes out of its encoding as it went in',
  (text) => {
    const encoded = encodePreAuthentication(IN_TOTO, Buffer.from(text));
    expect(Buffer.from(payloadOfPreAuthentication(encoded)).toString()).toBe(text);
  },
);

it('a type is measured in bytes of UTF-8', () => {
  expect(Buffer.from(encodePreAuthentication('é', Buffer.from('é'))).toString()).toBe(
    'DSSEv1 2 é 2 é',
  );
});

it('only an algorithm at the start is left out of a digest that a statement is compared with', () => {
  const digest = `x-${DIGEST}`;
  const text = bytesOf({ ...bundleBlobOf(`x-${HEX}`) });
  expect(parseBundle({ ...bundleBlob({ text }), digest })).toMatchObject({
    code: 'SUBJECT_MISMATCH',
  });
});

function bundleBlobOf(sha256: string): object {
  const statement = statementOf(DIGEST, { subject: [{ digest: { sha256 } }] });
  return JSON.parse(bundleBlob({ statement, signature: 'AAAA' }).blob.toString()) as object;
}
