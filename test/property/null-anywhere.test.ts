import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseManifest } from '../../core/cosign/manifest.ts';
import {
  bundle,
  bundleOf,
  bytesOf,
  DIGEST,
  HEX,
  hintOf,
  legacy,
  simpleSigning,
  statementOf,
} from '../support/signatures.ts';
import { signerOf } from '../support/signing.ts';
import { runs } from '../support/property.ts';

type Path = readonly (string | number)[];

const payload = simpleSigning(DIGEST, {}, { optional: { env: 'prod' } });
const statement = statementOf(DIGEST, {
  subject: [{ digest: { sha256: HEX }, annotations: { env: 'prod' } }],
});
const whole = bundleOf({
  signature: 'AAAA',
  material: {
    publicKey: { hint: hintOf(signerOf()) },
    tlogEntries: [{ logIndex: '1' }],
    timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: 'AAAA' }] },
  },
});
const descriptor = { mediaType: 'a/b', digest: DIGEST, size: 1, annotations: { a: 'b' } };
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  artifactType: 'a/b',
  config: descriptor,
  layers: [descriptor],
  subject: descriptor,
};

/** Every place in a JSON value but its root. */
function pathsOf(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = [...at, Array.isArray(value) ? Number(name) : name];
    return [path, ...pathsOf(inner, path)];
  });
}

function replaceAt(value: unknown, path: Path, replacement: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item: unknown, index) =>
      index === name ? replaceAt(item, rest, replacement) : item,
    );
  const fields = value as Record<string, unknown>;
  return { ...fields, [name]: replaceAt(fields[name], rest, replacement) };
}

const documents = {
  payload: {
    value: payload,
    parse: (value: unknown) =>
      legacy({ payload: value as object & { [name: string]: unknown }, signature: 'AAAA' }).kind ===
      'sound',
  },
  statement: {
    value: statement,
    parse: (value: unknown) =>
      bundle({ statement: value as { [name: string]: unknown }, signature: 'AAAA' }).kind ===
      'sound',
  },
  bundle: {
    value: whole,
    parse: (value: unknown) =>
      bundle({ text: value as { [name: string]: unknown } }).kind === 'sound',
  },
  manifest: {
    value: manifest,
    parse: (value: unknown) => parseManifest(bytesOf(value as { [name: string]: unknown })).ok,
  },
} as const;
const names = Object.keys(documents) as (keyof typeof documents)[];

/** Where null says nothing: an annotation that is no string is no annotation, and what no policy asks for is ignored. */
const HARMLESS: Readonly<Record<keyof typeof documents, readonly string[]>> = {
  payload: ['optional', 'optional.env'],
  statement: ['subject.0.annotations.env'],
  bundle: [
    'verificationMaterial.tlogEntries.0.logIndex',
    'verificationMaterial.timestampVerificationData.rfc3161Timestamps.0.signedTimestamp',
  ],
  manifest: [],
};

describe.each(names)('a %s', (name) => {
  const { value, parse } = documents[name];

  it('is accepted as it is', () => {
    expect(parse(value)).toBe(true);
  });

  it('with null in any place is refused without an error, but where null says nothing (A101)', () => {
    const accepted = pathsOf(value).filter((path) => parse(replaceAt(value, path, null)));
    expect(accepted.map((path) => path.join('.'))).toEqual(HARMLESS[name]);
  });

  it('with any JSON in any place is accepted or refused, and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(value)), fc.jsonValue(), (path, replacement) => {
        expect(typeof parse(replaceAt(value, path, replacement))).toBe('boolean');
      }),
      runs(400),
    );
  });

  it('with any byte changed is accepted or refused, and never throws', () => {
    const text = bytesOf(value);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(text);
        changed[at] = byte;
        const kinds = [
          legacy({ payload: changed, signature: 'AAAA' }).kind,
          bundle({ statement: changed, signature: 'AAAA' }).kind,
          bundle({ text: changed }).kind,
        ];
        expect(kinds.every((kind) => ['sound', 'rejected'].includes(kind))).toBe(true);
        expect(typeof parseManifest(changed).ok).toBe('boolean');
      }),
      runs(300),
    );
  });
});

it('what is accepted is about this image, whatever else was changed in it', () => {
  const replacement = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(DIGEST, HEX, [{ digest: { sha256: HEX } }]),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...pathsOf(payload)),
      fc.constantFrom(...pathsOf(statement)),
      replacement,
      (inPayload, inStatement, value) => {
        const changedPayload = replaceAt(payload, inPayload, value) as typeof payload;
        if (legacy({ payload: changedPayload, signature: 'AAAA' }).kind === 'sound')
          expect(changedPayload.critical.image['docker-manifest-digest']).toBe(DIGEST);
        const changedStatement = replaceAt(statement, inStatement, value) as typeof statement;
        if (bundle({ statement: changedStatement, signature: 'AAAA' }).kind === 'sound')
          expect(changedStatement.subject.map(({ digest }) => digest.sha256)).toContain(HEX);
      },
    ),
    runs(1000),
  );
});
