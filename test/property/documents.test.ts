/** The documents of cosign and of registries: their meaning is in their members, not in how somebody wrote them down. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseManifest } from '../../core/cosign/manifest.ts';
import type { Candidate } from '../../core/verdict/evidence.ts';
import { reorder, runs } from '../support/property.ts';
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

/** The same value as another writer may put it: members in another order, white space, letters by their numbers. */
function rewrite(value: unknown, seed: number): string {
  const space = ['', ' ', '\n  ', '\t'][Math.abs(seed) % 4] ?? '';
  if (Array.isArray(value))
    return `[${space}${value.map((item, index) => rewrite(item, seed + index)).join(`${space},`)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = reorder(Object.entries(value), seed).map(([name, item], index) => {
    const code = name.charCodeAt(0).toString(16).padStart(4, '0');
    const text =
      (seed + index) % 3 === 0
        ? `"\\u${code}${JSON.stringify(name).slice(2)}`
        : JSON.stringify(name);
    return `${text}${space}:${rewrite(item, seed + index + 1)}`;
  });
  return `{${members.join(`${space},`)}${space}}`;
}

const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/u);
const annotations = fc.dictionary(name, fc.string({ maxLength: 8 }), { maxKeys: 4 });
const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `sha256:${Buffer.from(bytes).toString('hex')}`);
const mediaType = fc.constantFrom('text/plain', 'application/octet-stream', 'a/b');
const descriptor = fc.record(
  {
    mediaType,
    digest,
    size: fc.nat(),
    annotations,
    artifactType: mediaType,
    urls: fc.constant(['x']),
  },
  { requiredKeys: ['mediaType', 'digest', 'size'] },
);
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const image = fc.record(
  {
    schemaVersion: fc.constant(2),
    mediaType: fc.constantFrom(OCI, 'application/vnd.docker.distribution.manifest.v2+json'),
    config: descriptor,
    layers: fc.array(descriptor, { maxLength: 4 }),
    subject: descriptor,
    artifactType: mediaType,
    annotations,
  },
  { requiredKeys: ['schemaVersion', 'config', 'layers'] },
);
const index = fc.record({
  schemaVersion: fc.constant(2),
  mediaType: fc.constantFrom(
    OCI_INDEX,
    'application/vnd.docker.distribution.manifest.list.v2+json',
  ),
  manifests: fc.array(descriptor, { maxLength: 4 }),
});

type MadeDescriptor = typeof descriptor extends fc.Arbitrary<infer T> ? T : never;
const readAs = ({ urls, annotations: given = {}, ...rest }: MadeDescriptor) => ({
  ...rest,
  annotations: new Map(Object.entries(given)),
  foreign: urls !== undefined,
});

describe('a manifest', () => {
  it('of an image is read member by member, however it is written', () => {
    fc.assert(
      fc.property(image, fc.nat(), (made, seed) => {
        const { config, layers, subject, artifactType } = made;
        expect(parseManifest(bytesOf(rewrite(made, seed)))).toEqual({
          ok: true,
          manifest: {
            kind: 'image',
            mediaType: made.mediaType ?? OCI,
            config: readAs(config),
            layers: layers.map(readAs),
            ...(subject === undefined ? {} : { subject: readAs(subject) }),
            ...(artifactType === undefined ? {} : { artifactType }),
          },
        });
      }),
      runs(600),
    );
  });

  it('of an index is read as an index and as nothing else', () => {
    fc.assert(
      fc.property(index, fc.nat(), (made, seed) => {
        const bytes = bytesOf(rewrite(made, seed));
        expect(parseManifest(bytes)).toEqual({
          ok: true,
          manifest: {
            kind: 'index',
            mediaType: made.mediaType,
            manifests: made.manifests.map(readAs),
          },
        });
        expect(parseManifest(bytes, OCI)).toMatchObject({ ok: false, code: 'MANIFEST_MALFORMED' });
        expect(parseManifest(bytes, `${OCI_INDEX}; charset=utf-8`).ok).toBe(true);
      }),
      runs(400),
    );
  });

  it('that could be read as both is refused, whatever else it says (CVE-2021-41190)', () => {
    fc.assert(
      fc.property(image, index, fc.nat(), (one, other, seed) => {
        const both = parseManifest(bytesOf(rewrite({ ...one, ...other }, seed)));
        expect(both).toMatchObject({ ok: false, code: 'MANIFEST_MALFORMED' });
      }),
      runs(300),
    );
  });

  it('never throws, and says the same of the same bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.option(mediaType, { nil: undefined }), (value, type) => {
        const bytes = Buffer.from(JSON.stringify(value));
        expect(parseManifest(bytes, type)).toEqual(parseManifest(bytes, type));
      }),
      runs(500),
    );
  });
});

/** What a candidate claims, without the bytes that carry it. */
const claimsOf = (candidate: Candidate): unknown =>
  candidate.kind === 'sound' ? candidate.claims : candidate;

describe('a signature', () => {
  it('of the legacy format claims the same, however its payload is written', () => {
    fc.assert(
      fc.property(annotations, fc.nat(), (optional, seed) => {
        const payload = rewrite(simpleSigning(DIGEST, {}, { optional }), seed);
        expect(claimsOf(legacy({ payload, signature: 'AAAA' }))).toEqual({
          digest: DIGEST,
          reference: 'contoso.azurecr.io/team/app',
          annotations: new Map(Object.entries(optional)),
        });
      }),
      runs(400),
    );
  });

  it('in a bundle claims the same, however bundle and statement are written', () => {
    fc.assert(
      fc.property(annotations, fc.nat(), (given, seed) => {
        const subject = [{ digest: { sha256: HEX }, annotations: given }];
        const statement = rewrite(statementOf(DIGEST, { subject }), seed);
        const text = rewrite(bundleOf({ statement, signature: 'AAAA' }), seed);
        expect(claimsOf(bundle({ text }))).toEqual({
          digest: DIGEST,
          annotations: new Map(Object.entries(given)),
        });
      }),
      runs(400),
    );
  });

  it('about one of several subjects claims that one, wherever it stands', () => {
    const others = fc.array(digest, { maxLength: 5 });
    fc.assert(
      fc.property(others, others, (before, after) => {
        const subjectOf = (each: string) => ({ digest: { sha256: each.slice(7) } });
        const ours = { digest: { sha256: HEX }, annotations: { ours: 'yes' } };
        const subject = [...before.map(subjectOf), ours, ...after.map(subjectOf)];
        const statement = statementOf(DIGEST, { subject });
        expect(claimsOf(bundle({ statement, signature: 'AAAA' }))).toEqual({
          digest: DIGEST,
          annotations: new Map([['ours', 'yes']]),
        });
      }),
      runs(200),
    );
  });

  it.each(['payload', 'critical', 'image', 'identity', 'bundle', 'material', 'envelope', 'entry'])(
    'with a member that nobody knows in its %s is refused',
    (place) => {
      const known =
        /^(critical|optional|identity|image|type|docker-reference|docker-manifest-digest|mediaType|verificationMaterial|dsseEnvelope|messageSignature|publicKey|tlogEntries|timestampVerificationData|certificate|x509CertificateChain|payload|payloadType|signatures|sig|keyid)$/u;
      fc.assert(
        fc.property(
          fc.string({ maxLength: 12 }),
          fc.jsonValue({ maxDepth: 1 }),
          (stranger, value) => {
            fc.pre(!known.test(stranger) && stranger !== '__proto__');
            const more = { [stranger]: value };
            const publicKey = { hint: hintOf(signerOf()) };
            const entry = { sig: 'AAAA', ...more };
            const candidates: Readonly<Record<string, () => Candidate>> = {
              payload: () =>
                legacy({ payload: simpleSigning(DIGEST, {}, more), signature: 'AAAA' }),
              critical: () => legacy({ payload: simpleSigning(DIGEST, more), signature: 'AAAA' }),
              image: () =>
                legacy({
                  payload: simpleSigning(DIGEST, {
                    image: { 'docker-manifest-digest': DIGEST, ...more },
                  }),
                  signature: 'AAAA',
                }),
              identity: () =>
                legacy({
                  payload: simpleSigning(DIGEST, {
                    identity: { 'docker-reference': 'x', ...more },
                  }),
                  signature: 'AAAA',
                }),
              bundle: () => bundle({ members: more, signature: 'AAAA' }),
              material: () => bundle({ material: { publicKey, ...more }, signature: 'AAAA' }),
              envelope: () => bundle({ envelope: more, signature: 'AAAA' }),
              entry: () => bundle({ envelope: { signatures: [entry] }, signature: 'AAAA' }),
            };
            expect(candidates[place]?.()).toMatchObject({ kind: 'rejected', code: 'JSON_FIELD' });
          },
        ),
        runs(60),
      );
    },
  );
});
