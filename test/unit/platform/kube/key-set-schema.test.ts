import { describe, expect, it } from '@jest/globals';
import { parseKeySet } from '../../../../platform/kube/schemas.ts';

const KEY = 'azurekms://contoso.vault.azure.net/cosign-key';
const metadata = {
  name: 'prod',
  namespace: 'keyward-system',
  uid: 'u1',
  resourceVersion: '7',
  generation: 3,
};
const parse = (spec: unknown, status?: unknown) => parseKeySet({ metadata, spec, status });
const specOf = (spec: unknown) => {
  const parsed = parse(spec);
  return parsed.ok ? parsed.value.spec : parsed.problems;
};
const statusOf = (status: unknown) => {
  const parsed = parse({ keys: [KEY] }, status);
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value.status;
};

describe('the spec of a key set', () => {
  it('has defaults, and the loud one is Trust', () => {
    expect(parse({ keys: [KEY] })).toEqual({
      ok: true,
      value: {
        ...metadata,
        spec: {
          keys: [KEY],
          versions: { follow: true, exclude: [], limit: 20 },
          expiredKeys: 'Trust',
          sweepIntervalSeconds: 5,
          staleAfterSeconds: 86_400,
          onStale: 'Deny',
        },
        status: { trusted: 0, versions: [], conditions: [] },
      },
    });
  });

  it('keeps what it says', () => {
    const spec = {
      providerRef: { kind: 'KeyManagementProvider', name: 'akv' },
      images: ['contoso.azurecr.io/*', 'a.io/b'],
      versions: { baseline: [' AB12 '], follow: false, exclude: ['CD34'], limit: 1 },
      expiredKeys: 'AllowTimestamped',
      sweepInterval: '1m',
      staleAfter: '60s',
      onStale: 'KeepTrust',
      publish: { kind: 'KeyManagementProvider', name: 'x' },
    };
    expect(specOf(spec)).toEqual({
      providerRef: spec.providerRef,
      images: spec.images,
      versions: { baseline: ['ab12'], follow: false, exclude: ['cd34'], limit: 1 },
      expiredKeys: 'AllowTimestamped',
      sweepIntervalSeconds: 60,
      staleAfterSeconds: 60,
      onStale: 'KeepTrust',
      publish: spec.publish,
    });
  });

  it('tells an empty baseline from none', () => {
    expect(specOf({ keys: [KEY], versions: { baseline: [] } })).toMatchObject({
      versions: { baseline: [] },
    });
    expect(specOf({ keys: [KEY] })).not.toHaveProperty('versions.baseline');
  });

  it.each<[string, object, string]>([
    ['neither keys nor a provider', {}, 'spec: exactly one of keys and providerRef'],
    [
      'both',
      { keys: [KEY], providerRef: { kind: 'KeyManagementProvider', name: 'x' } },
      'spec: exactly one of keys and providerRef',
    ],
    ['no keys in keys', { keys: [] }, 'spec.keys'],
    ['more than a hundred keys', { keys: Array.from({ length: 101 }, () => KEY) }, 'spec.keys'],
    ['a key that is no reference', { keys: ['https://x/y'] }, 'spec.keys[0]: "https://x/y" is not'],
    ['another provider', { providerRef: { kind: 'Secret', name: 'x' } }, 'spec.providerRef.kind'],
    [
      'a provider without a name',
      { providerRef: { kind: 'KeyManagementProvider', name: '' } },
      'spec.providerRef.name',
    ],
    ['no images in images', { keys: [KEY], images: [] }, 'spec.images'],
    ['a star in the middle', { keys: [KEY], images: ['a.io/*/b'] }, 'one * is allowed'],
    ['two stars', { keys: [KEY], images: ['a.io/**'] }, 'one * is allowed'],
    ['a blank in an image', { keys: [KEY], images: ['a.io/b c'] }, 'one * is allowed'],
    [
      'a version that is a number',
      { keys: [KEY], versions: { baseline: [12_345] } },
      'spec.versions.baseline[0]: the version is a YAML number',
    ],
    [
      'a version that is a path',
      { keys: [KEY], versions: { exclude: ['../x'] } },
      'letters and digits only',
    ],
    ['a limit of zero', { keys: [KEY], versions: { limit: 0 } }, 'spec.versions.limit'],
    ['a limit beyond the status', { keys: [KEY], versions: { limit: 201 } }, 'spec.versions.limit'],
    ['follow as text', { keys: [KEY], versions: { follow: 'true' } }, 'spec.versions.follow'],
    ['an unknown word for expired keys', { keys: [KEY], expiredKeys: 'Maybe' }, 'spec.expiredKeys'],
    ['an unknown word for stale', { keys: [KEY], onStale: 'Allow' }, 'spec.onStale'],
    ['a sweep below a second', { keys: [KEY], sweepInterval: '500ms' }, 'at least 1s'],
    ['a sweep as a number', { keys: [KEY], sweepInterval: 5 }, 'spec.sweepInterval'],
    ['a staleness below a minute', { keys: [KEY], staleAfter: '59s' }, 'at least 60s'],
  ])('is refused with %s', (_what, spec, problem) => {
    const parsed = parse(spec);
    expect(parsed.ok ? [] : parsed.problems).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['no namespace', { ...metadata, namespace: undefined }],
    ['an empty namespace', { ...metadata, namespace: '' }],
    ['no name', { ...metadata, name: undefined }],
  ])('is refused in an object with %s', (_what, broken) => {
    expect(parseKeySet({ metadata: broken, spec: { keys: [KEY] } }).ok).toBe(false);
  });

  it.each([undefined, null, 'x', [], { spec: { keys: [KEY] } }])('is refused as %j', (object) => {
    expect(parseKeySet(object).ok).toBe(false);
  });

  it('names at most twenty problems', () => {
    const parsed = parse({ keys: Array.from({ length: 90 }, () => 'x') });
    expect(parsed.ok ? 0 : parsed.problems.length).toBe(20);
  });
});

const FINGERPRINT = `sha256:${'a'.repeat(64)}`;
const entry = {
  vaultUri: 'https://contoso.vault.azure.net',
  name: 'cosign-key',
  version: 'ab12',
  state: 'trusted',
  reason: 'listed',
  since: '2026-11-01T00:00:00Z',
  createdOn: '2026-10-01T00:00:00Z',
  algorithm: 'P-256',
  fingerprint: FINGERPRINT,
  publicKeyPem: 'PEM',
};

describe('the status of a key set', () => {
  it('keeps what it says', () => {
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'r',
      message: 'm',
      lastTransitionTime: 't',
    };
    const status = {
      observedGeneration: 3,
      lastReconciledTime: 'a',
      lastChangeTime: 'b',
      effectiveSweepInterval: '5s',
      trusted: 1,
      versions: [entry],
      conditions: [{ ...condition, observedGeneration: 3 }, condition],
    };
    expect(statusOf(status)).toEqual(status);
  });

  it.each([undefined, null, 'trusted', 5, [], { versions: null, conditions: 'x', trusted: -1 }])(
    'of %j trusts nothing and does not refuse the key set',
    (status) => {
      expect(statusOf(status)).toEqual({ trusted: 0, versions: [], conditions: [] });
    },
  );

  it.each(['Trusted', 'TRUSTED', 'trusted ', 'blessed', '', 1, true, null, undefined])(
    'takes the state %j for unknown, never for trusted',
    (state) => {
      expect(statusOf({ versions: [{ ...entry, state }] })).toMatchObject({
        versions: [{ state: 'unknown' }],
      });
    },
  );

  it('drops an entry that names no version, and keeps its neighbours', () => {
    const versions = [
      { ...entry, version: undefined },
      'rubbish',
      null,
      { ...entry, vaultUri: 5 },
      { ...entry, name: null },
      entry,
    ];
    expect(statusOf({ versions })).toMatchObject({ versions: [entry] });
    const conditions = [null, {}, { type: 'Ready', status: 'maybe' }];
    expect(statusOf({ conditions })).toMatchObject({
      conditions: [{ type: 'Ready', status: 'Unknown', reason: '', message: '' }],
    });
  });

  it('drops what it cannot read of an entry, a fingerprint above all', () => {
    const broken = {
      ...entry,
      algorithm: 'oct',
      fingerprint: FINGERPRINT.toUpperCase(),
      publicKeyPem: 5,
      createdOn: 0,
      reason: null,
    };
    const { algorithm, fingerprint, publicKeyPem, createdOn, ...rest } = entry;
    expect([algorithm, fingerprint, publicKeyPem, createdOn]).not.toContain(undefined);
    expect(statusOf({ versions: [broken] })).toMatchObject({ versions: [{ ...rest, reason: '' }] });
    const [read] = statusOf({ versions: [broken] }).versions;
    expect(Object.keys(read ?? {}).toSorted()).toEqual(Object.keys(rest).toSorted());
  });

  it('compares vault, name and version in lower case', () => {
    const upper = {
      ...entry,
      vaultUri: entry.vaultUri.toUpperCase(),
      name: 'COSIGN-KEY',
      version: 'AB12',
    };
    expect(statusOf({ versions: [upper] })).toMatchObject({ versions: [entry] });
  });

  it('keeps an inline key, which has no vault and no version', () => {
    const inline = { ...entry, vaultUri: '', version: '' };
    expect(statusOf({ versions: [inline] })).toMatchObject({ versions: [inline] });
  });
});

describe('the provider in a status', () => {
  const written = { kind: 'KeyManagementProvider', name: 'akv', mode: 'patch', uid: 'u' };
  const providerOf = (provider: unknown) => {
    const parsed = parseKeySet({
      metadata: { name: 'prod', namespace: 'team' },
      spec: { keys: [KEY] },
      status: { provider },
    });
    if (!parsed.ok) throw new Error(parsed.problems.join('; '));
    return parsed.value.status.provider;
  };

  it('is what the worker remembers', () => {
    expect(providerOf(written)).toEqual(written);
  });

  it.each([
    ['a mode that is not known', { ...written, mode: 'replace' }],
    ['no name', { ...written, name: '' }],
    ['rubbish', 'rubbish'],
    ['nothing', undefined],
  ])('is forgotten where it is %s, and spoils nothing else', (_what, provider) => {
    expect(providerOf(provider)).toBeUndefined();
  });
});
