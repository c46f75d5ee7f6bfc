import { describe, expect, it } from '@jest/globals';
import { refuseLegacyDescriptor } from '../../../../core/cosign/legacy-layer.ts';
import {
  bytesOf,
  DIGEST,
  legacy,
  legacyLayer,
  OTHER_DIGEST,
  SIGNATURE_ANNOTATION,
  simpleSigning,
  type LegacyOptions,
} from '../../../support/signatures.ts';
import { signBytes, signerOf } from '../../../support/signing.ts';

const codeOf = (options: LegacyOptions) => {
  const candidate = legacy(options);
  return candidate.kind === 'rejected' ? candidate.code : candidate.kind;
};

describe('a well-formed layer', () => {
  it('becomes a candidate with the bytes as stored, its signature and its claims', () => {
    const payload = bytesOf(simpleSigning(DIGEST, {}, { optional: { env: 'prod' } }));
    const signature = signBytes(signerOf(), payload);
    const layer = legacyLayer({ payload, signature, store: 'referrers', manifestDigest: 'm' });
    expect(legacy({ payload, signature, store: 'referrers', manifestDigest: 'm' })).toEqual({
      kind: 'sound',
      store: 'referrers',
      format: 'legacy',
      manifestDigest: 'm',
      blobDigest: layer.descriptor.digest,
      signedBytes: layer.blob,
      signature: new Uint8Array(signature),
      claims: {
        digest: DIGEST,
        reference: 'contoso.azurecr.io/team/app',
        annotations: new Map([['env', 'prod']]),
      },
    });
  });

  it.each([
    ['null', null, []],
    ['absent (A77)', undefined, []],
    ['empty', {}, []],
    [
      'with annotations',
      { b: '2', a: '1' },
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ],
    [
      'as podman writes it',
      { creator: 'podman 5.0', timestamp: 1700000000 },
      [['creator', 'podman 5.0']],
    ],
  ])('may have `optional` %s (P9)', (_, optional, annotations) => {
    const payload = simpleSigning(DIGEST, {}, { optional });
    expect(legacy({ payload })).toMatchObject({
      kind: 'sound',
      claims: { annotations: new Map(annotations as [string, string][]) },
    });
  });

  it('may name its image by tag, as podman does (P9)', () => {
    const reference = 'contoso.azurecr.io/team/app:v1';
    const payload = simpleSigning(DIGEST, { identity: { 'docker-reference': reference } });
    expect(legacy({ payload })).toMatchObject({ kind: 'sound', claims: { reference } });
  });

  it('claims nothing that stands on its descriptor alone, which nobody signed (A75)', () => {
    expect(legacy({ annotations: { env: 'prod' } })).toMatchObject({
      kind: 'sound',
      claims: { annotations: new Map() },
    });
  });

  it('claims no annotation that is not a string (A76)', () => {
    const optional = { a: 1, b: ['x'], c: { x: 'y' }, d: null, e: true, f: 'x' };
    expect(legacy({ payload: simpleSigning(DIGEST, {}, { optional }) })).toMatchObject({
      kind: 'sound',
      claims: { annotations: new Map([['f', 'x']]) },
    });
  });

  it('may hold the escapes that Go writes (A104)', () => {
    const payload = simpleSigning(DIGEST, {}, { optional: { note: '<&>\u2028' } });
    expect(bytesOf(payload).toString()).toContain(String.raw`\u003c\u0026\u003e\u2028`);
    expect(legacy({ payload })).toMatchObject({
      kind: 'sound',
      claims: { annotations: new Map([['note', '<&>\u2028']]) },
    });
  });

  it('may carry a certificate and log data, which say nothing here (A152)', () => {
    const annotations = {
      'dev.sigstore.cosign/certificate': 'garbage',
      'dev.sigstore.cosign/bundle': '{"Payload":',
      'dev.sigstore.cosign/rfc3161timestamp': '!',
    };
    expect(codeOf({ annotations })).toBe('sound');
  });
});

describe('the descriptor', () => {
  it.each([
    ['another media type (A141)', { mediaType: 'text/plain' }, 'MEDIA_TYPE'],
    [
      'a media type with parameters (A141)',
      { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json; a=b' },
      'MEDIA_TYPE',
    ],
    [
      'a media type in another case',
      { mediaType: 'application/vnd.dev.cosign.SimpleSigning.v1+json' },
      'MEDIA_TYPE',
    ],
    ['foreign URLs (A33)', { foreign: true }, 'FOREIGN_LAYER'],
    ['a size beyond the cap (A6)', { size: 64 * 1024 + 1 }, 'LIMIT_BYTES'],
  ])('with %s is refused before anything is fetched', (_, descriptor, code) => {
    const layer = legacyLayer({ descriptor });
    expect(refuseLegacyDescriptor(layer.descriptor)).toMatchObject({ code });
    expect(codeOf({ descriptor })).toBe(code);
  });

  it('of the largest allowed payload is worth fetching', () => {
    const layer = legacyLayer({ descriptor: { size: 64 * 1024 } });
    expect(refuseLegacyDescriptor(layer.descriptor)).toBeUndefined();
  });

  it.each([
    ['a larger size', { size: 1000 }, 'CONTENT_SIZE_MISMATCH'],
    ['a smaller size', { size: 1 }, 'CONTENT_SIZE_MISMATCH'],
    ['the digest of other bytes', { digest: OTHER_DIGEST }, 'CONTENT_DIGEST_MISMATCH'],
  ])('with %s does not fit its blob (A125)', (_, descriptor, code) => {
    expect(codeOf({ descriptor })).toBe(code);
  });

  it.each([
    ['no signature annotation', new Map()],
    ['an empty one', new Map([[SIGNATURE_ANNOTATION, '']])],
    ['one in another case', new Map([[SIGNATURE_ANNOTATION.toUpperCase(), 'AAAA']])],
  ])('with %s holds no signature (A106)', (_, annotations) => {
    expect(codeOf({ descriptor: { annotations } })).toBe('SIGNATURE_MISSING');
  });

  it.each(['not base64!', 'AAA', '-_-_', 'AAAA\n'])(
    'with the signature %j is refused (A96)',
    (text) => {
      expect(codeOf({ signature: text })).toBe('BASE64_INVALID');
    },
  );
});

it('says where a rejected layer was found and why', () => {
  expect(
    legacy({ digest: DIGEST, signature: '!', manifestDigest: 'm', store: 'fallback-tag' }),
  ).toEqual({
    kind: 'rejected',
    store: 'fallback-tag',
    manifestDigest: 'm',
    code: 'BASE64_INVALID',
    detail: 'the signature annotation is not standard base64',
  });
});
