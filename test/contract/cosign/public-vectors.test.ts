/** Signatures that others published, which the code under test and its authors had no part in (test/vectors/README.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { parseBundle } from '../../../core/cosign/bundle.ts';
import { digestOf } from '../../../core/cosign/digest.ts';
import { parseLegacyLayer } from '../../../core/cosign/legacy-layer.ts';
import type { Candidate } from '../../../core/verdict/evidence.ts';
import { decideWith } from '../verdicts.ts';

const ROOT = join(import.meta.dirname, '..', '..', 'vectors');
const read = (...path: readonly string[]) => readFileSync(join(ROOT, ...path));

/** `signature-N`: a NUL, `sigstore-json`, a line break, and this. */
const storedSchema = z.object({
  mimeType: z.string(),
  payload: z.base64(),
  annotations: z.record(z.string(), z.string()).default({}),
});

function legacyFrom(path: string, digest: string): Candidate {
  const text = read('containers-image', path).toString('utf8').replace('\0sigstore-json\n', '');
  const { mimeType, payload, annotations } = storedSchema.parse(JSON.parse(text));
  const blob = Buffer.from(payload, 'base64');
  const content = { mediaType: mimeType, digest: digestOf(blob), size: blob.byteLength };
  const descriptor = {
    ...content,
    annotations: new Map(Object.entries(annotations)),
    foreign: false,
  };
  const place = { store: 'signature-tag', manifestDigest: digestOf(Buffer.from(path)) } as const;
  return parseLegacyLayer({ ...place, descriptor, blob, digest });
}

const imageOf = (folder: string) => digestOf(read('containers-image', folder, 'manifest.json'));
const [first, second] = ['cosign.pub', 'cosign2.pub'].map((name) =>
  read('containers-image', name).toString('utf8'),
) as [string, string];

/** The verdict on an image of containers/image with these signatures. */
function judge(folder: string, signatures: readonly string[], keys: readonly string[]) {
  const digest = imageOf(folder);
  const candidates = signatures.map((path) => legacyFrom(path, digest));
  const evidence = {
    repository: 'registry.test/image',
    digest,
    candidates,
    lookedAt: [],
    fetchedAt: 0,
  };
  return decideWith(evidence, keys);
}

describe('the signatures of containers/image', () => {
  it.each([
    ['one by cosign (P1)', 'valid', ['valid/signature-1'], first],
    ['another of the same image', 'valid', ['valid-2/signature-2'], first],
    ['two (P7)', 'valid', ['valid/signature-1', 'valid-2/signature-2'], first],
    [
      'one by podman, with a tag, a creator and a timestamp (P9)',
      'valid-with-tag',
      ['valid-with-tag/signature-1'],
      first,
    ],
    [
      'one with a log entry, which nobody asks for (A152)',
      'key-rekor-valid',
      ['key-rekor-valid/signature-1'],
      second,
    ],
    [
      'one beside that of another image and one that is no signature (A81)',
      'valid',
      ['other-attachment/signature-1', 'key-rekor-valid/signature-1', 'valid/signature-1'],
      first,
    ],
  ])('%s: allowed by its own key alone', (_, folder, signatures, key) => {
    const other = key === first ? second : first;
    expect(judge(folder, signatures, [key])).toMatchObject({ kind: 'allow' });
    expect(judge(folder, signatures, [first, second])).toMatchObject({ kind: 'allow' });
    expect(judge(folder, signatures, [other]).kind).toBe('deny');
  });

  it.each([
    [
      'of a manifest that was changed (A58)',
      'modified-manifest',
      'valid/signature-1',
      'CLAIM_DIGEST_MISMATCH',
    ],
    ['that is another attachment (A141)', 'valid', 'other-attachment/signature-1', 'MEDIA_TYPE'],
    [
      'by a certificate of Fulcio (A70)',
      'fulcio-rekor-valid',
      'fulcio-rekor-valid/signature-1',
      'SIGNATURE_INVALID',
    ],
    [
      'by a certificate of a private authority, and with line breaks as base64(1) makes them',
      'pki-valid',
      'pki-valid/signature-1',
      'BASE64_INVALID',
    ],
  ])('one %s is denied', (_, folder, signature, code) => {
    expect(judge(folder, [signature], [first, second])).toMatchObject({ kind: 'deny', code });
  });
});

it('every bundle of sigstore-go is refused: none is an image signature by a plain key (B-56)', () => {
  const names = readdirSync(join(ROOT, 'sigstore-go')).filter((name) => name.endsWith('.json'));
  const codes = names.map((name) => {
    const blob = read('sigstore-go', name);
    const place = {
      digest: `sha256:${'0'.repeat(64)}`,
      store: 'referrers',
      manifestDigest: 'm',
    } as const;
    const candidate = parseBundle({ ...place, blob, blobDigest: digestOf(blob) });
    return [name, candidate.kind === 'rejected' ? candidate.code : candidate.kind];
  });
  expect(Object.fromEntries(codes)).toEqual({
    'dsse-2sigs.sigstore.json': 'BUNDLE_VERSION',
    'dsse.sigstore.json': 'BUNDLE_VERSION',
    'othername.sigstore.json': 'BUNDLE_KEY_MATERIAL',
    'public-key-validity.sigstore.json': 'BUNDLE_CONTENT',
    'sigstore.js@2.0.0-provenance.sigstore.json': 'BUNDLE_VERSION',
  });
});
