/** docs/adr/0005: an index's signature covers the index; a child that is named by its own digest needs its own. */
import { describe, expect, it } from '@jest/globals';
import { parseManifest } from '../../../../core/cosign/manifest.ts';
import { classifyReferrer } from '../../../../core/cosign/signature-store.ts';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import {
  bundle,
  bytesOf,
  digestOfBytes,
  legacy,
  simpleSigning,
  statementOf,
} from '../../../support/signatures.ts';
import { decideOn, evidenceOf } from '../../../support/trust.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

const descriptorOf = (bytes: Uint8Array, mediaType: string, platform?: object) => ({
  mediaType,
  digest: digestOfBytes(bytes),
  size: bytes.byteLength,
  ...(platform === undefined ? {} : { platform }),
});
const childFor = (platform: string) =>
  bytesOf({
    schemaVersion: 2,
    mediaType: OCI,
    config: descriptorOf(bytesOf(`config for ${platform}`), 'text/plain'),
    layers: [],
  });
const indexOf = (...manifests: readonly object[]) =>
  bytesOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });

const [amd64, windows] = [childFor('linux/amd64'), childFor('windows/amd64')];
const index = indexOf(
  descriptorOf(amd64, OCI, { os: 'linux', architecture: 'amd64' }),
  descriptorOf(windows, OCI, { os: 'windows', architecture: 'amd64' }),
);
const nested = indexOf(descriptorOf(index, OCI_INDEX));
const digests = {
  index: digestOfBytes(index),
  child: digestOfBytes(amd64),
  windows: digestOfBytes(windows),
  nested: digestOfBytes(nested),
};
type Name = keyof typeof digests;

/** The verdict on one of them, with what the registry holds under its digest. */
const judge = (name: Name, candidates: readonly Candidate[]) =>
  decideOn([], { evidence: evidenceOf(candidates, { digest: digests[name] }) });

/** The signature of one, in each format, found under the digest of another. */
const legacyOf = (signed: Name, foundAt: Name = signed) =>
  legacy({ payload: simpleSigning(digests[signed]), digest: digests[foundAt] });
const bundleOf = (signed: Name, foundAt: Name = signed) =>
  bundle({ statement: statementOf(digests[signed]), digest: digests[foundAt] });

it('an index, a child and a nested index are three digests, and the index names the child by its own (P10)', () => {
  const parsed = parseManifest(index, OCI_INDEX);
  expect(parsed).toMatchObject({
    ok: true,
    manifest: {
      kind: 'index',
      manifests: [{ digest: digests.child }, { digest: digests.windows }],
    },
  });
  for (const name of ['index', 'child', 'windows', 'nested'] as const) {
    expect(judge(name, [legacyOf(name)]).kind).toBe('allow');
    expect(judge(name, [bundleOf(name)]).kind).toBe('allow');
  }
  expect(new Set(Object.values(digests)).size).toBe(4);
});

describe('a signature for a child presented for the index (A43)', () => {
  it.each([
    ['legacy', legacyOf('child', 'index'), 'CLAIM_DIGEST_MISMATCH'],
    ['bundle', bundleOf('child', 'index'), 'SUBJECT_MISMATCH'],
  ])('%s: denied, although the index lists that child', (_, candidate, code) => {
    expect(judge('index', [candidate])).toMatchObject({ kind: 'deny', code });
  });

  it('all children signed do not sign their index', () => {
    const children = [legacyOf('child', 'index'), legacyOf('windows', 'index')];
    expect(judge('index', children)).toMatchObject({ kind: 'deny', code: 'CLAIM_DIGEST_MISMATCH' });
  });
});

describe('a signature for the index presented for a child (A44)', () => {
  it.each([
    ['legacy', legacyOf('index', 'child'), 'CLAIM_DIGEST_MISMATCH'],
    ['bundle', bundleOf('index', 'child'), 'SUBJECT_MISMATCH'],
  ])('%s: denied, although the index lists that child', (_, candidate, code) => {
    expect(judge('child', [candidate])).toMatchObject({ kind: 'deny', code });
  });
});

describe('of a signed index (B-14)', () => {
  it('a child addressed directly is unsigned where nobody signed it too', () => {
    expect(judge('index', [legacyOf('index')]).kind).toBe('allow');
    expect(judge('child', [])).toMatchObject({ kind: 'deny', code: 'NO_SIGNATURE' });
  });

  it('a child signed as well, as --recursive does, is allowed by its own signature', () => {
    expect(judge('child', [legacyOf('child')]).kind).toBe('allow');
    expect(judge('windows', [bundleOf('windows')]).kind).toBe('allow');
  });

  it('an index of indexes stands for itself alone', () => {
    expect(judge('nested', [legacyOf('nested')]).kind).toBe('allow');
    expect(judge('index', [legacyOf('nested', 'index')])).toMatchObject({
      code: 'CLAIM_DIGEST_MISMATCH',
    });
  });

  it('one statement may name the index and its children: each is allowed by it, and nothing else is', () => {
    const subject = [digests.index, digests.child].map((digest) => ({
      digest: { sha256: digest.replace('sha256:', '') },
    }));
    const found = (name: Name) =>
      judge(name, [bundle({ statement: statementOf('', { subject }), digest: digests[name] })]);
    expect(found('index').kind).toBe('allow');
    expect(found('child').kind).toBe('allow');
    expect(found('windows')).toMatchObject({ kind: 'deny', code: 'SUBJECT_MISMATCH' });
  });

  it('an index among the referrers is no signature, whatever it lists', () => {
    const parsed = parseManifest(index);
    if (!parsed.ok) throw new Error(parsed.detail);
    expect(classifyReferrer(parsed.manifest, digests.child)).toEqual({ ok: true, kind: 'foreign' });
  });
});
