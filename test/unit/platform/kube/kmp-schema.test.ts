import { describe, expect, it } from '@jest/globals';
import { parseKmp } from '../../../../platform/kube/schemas.ts';

const VAULT = 'https://contoso.vault.azure.net';
const metadata = { name: 'akv', uid: 'u', resourceVersion: '5', generation: 2 };
const kmp = (parameters: unknown, change: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'config.ratify.deislabs.io/v1beta1',
  kind: 'KeyManagementProvider',
  metadata,
  spec: { type: 'azurekeyvault', refreshInterval: '1m', parameters },
  ...change,
});
const valueOf = (object: unknown) => {
  const parsed = parseKmp(object);
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
};
const problemsOf = (object: unknown) => {
  const parsed = parseKmp(object);
  return parsed.ok ? [] : parsed.problems;
};

describe('a KeyManagementProvider of Key Vault', () => {
  it("is read as Ratify's documentation writes it", () => {
    const parameters = {
      vaultURI: `${VAULT}/`,
      keys: [{ name: 'Cosign-Key', version: 'AB12' }, { name: 'other' }],
      tenantID: 't',
      clientID: 'c',
    };
    expect(valueOf(kmp(parameters))).toEqual({
      kind: 'KeyManagementProvider',
      ...metadata,
      labels: {},
      annotations: {},
      type: 'azurekeyvault',
      vaultUri: VAULT,
      keys: [{ name: 'cosign-key', version: 'ab12' }, { name: 'other' }],
      parameters,
      refreshInterval: '1m',
      status: {},
    });
  });

  it.each([
    ['absent', undefined],
    ['null, as the chart writes an empty list', null],
    ['empty', []],
  ])('lists no key when keys is %s', (_what, keys) => {
    expect(valueOf(kmp({ vaultURI: VAULT, keys })).keys).toEqual([]);
  });

  it.each([
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
  ])('means the current version when version is %s', (_what, version) => {
    expect(valueOf(kmp({ vaultURI: VAULT, keys: [{ name: 'k', version }] })).keys).toEqual([
      { name: 'k' },
    ]);
  });

  it('keeps what people wrote, for who writes it back', () => {
    const parameters = {
      vaultURI: ` ${VAULT} `,
      keys: [{ name: ' K ', extra: 1 }],
      certificates: [],
    };
    const value = valueOf(kmp(parameters));
    expect(value).toMatchObject({ vaultUri: VAULT, keys: [{ name: 'k' }], parameters });
  });

  it('is namespaced when it has a namespace', () => {
    const object = kmp({ vaultURI: VAULT }, { metadata: { ...metadata, namespace: 'team' } });
    expect(valueOf(object)).toMatchObject({
      kind: 'NamespacedKeyManagementProvider',
      namespace: 'team',
    });
  });

  it.each<[string, unknown, string]>([
    [
      'a version of digits only',
      [{ name: 'k', version: 1234 }],
      'keys[0].version: the version is a YAML number',
    ],
    ['a version in exponents', [{ name: 'k', version: 1e42 }], 'put it in quotes'],
    ['a name that is a number', [{ name: 5 }], 'keys[0].name: the key name is a YAML number'],
    ['no name', [{ version: 'ab' }], 'keys[0].name: the key name must be text'],
    ['an empty name', [{ name: ' ' }], 'a key name has 1 to 127'],
    ['a name that is a path', [{ name: '../secrets' }], 'a key name has'],
    ['a version that is a path', [{ name: 'k', version: 'a/b' }], 'letters and digits only'],
    ['a version that is a boolean', [{ name: 'k', version: true }], 'the version must be text'],
    ['a key that is text', ['k'], 'keys[0]'],
    ['keys that are one key', { name: 'k' }, 'keys'],
  ])('is refused with %s', (_what, keys, problem) => {
    expect(problemsOf(kmp({ vaultURI: VAULT, keys }))).toEqual([
      expect.stringMatching(/^spec\.parameters\./u),
    ]);
    expect(problemsOf(kmp({ vaultURI: VAULT, keys }))[0]).toContain(problem);
  });

  it.each([
    undefined,
    null,
    '',
    7,
    'contoso',
    'http://contoso.vault.azure.net',
    `${VAULT}/keys`,
    `${VAULT}:8443`,
    `${VAULT}?x`,
    `${VAULT}#x`,
    'https://user@contoso.vault.azure.net',
    'https://contoso.vault.azure.net@attacker.example/',
    'https://localhost',
    'https://[::1]',
    'https://con_toso.vault.azure.net',
  ])('is refused with the vaultURI %j', (vaultURI) => {
    expect(problemsOf(kmp({ vaultURI, keys: [] }))).toEqual([
      expect.stringMatching(/^spec\.parameters\.vaultURI: /u),
    ]);
  });

  it('takes the default port for none', () => {
    expect(valueOf(kmp({ vaultURI: `${VAULT.toUpperCase()}:443` })).vaultUri).toBe(VAULT);
  });

  it.each([undefined, null])('is refused without parameters (%j)', (parameters) => {
    expect(problemsOf(kmp(parameters))[0]).toContain('vaultURI');
  });
});

describe('a KeyManagementProvider of another type', () => {
  const inline = (parameters: unknown) => kmp(parameters, { spec: { type: 'inline', parameters } });

  it('inline with a key has its value', () => {
    const value = valueOf(inline({ contentType: 'key', value: 'PEM' }));
    expect(value).toMatchObject({ type: 'inline', inlineValue: 'PEM', keys: [] });
    expect(value).not.toHaveProperty('vaultUri');
  });

  it.each([
    { contentType: 'certificate', value: 'PEM' },
    { contentType: 'key', value: 5 },
    { value: 'PEM' },
    {},
  ])('inline with %j has none', (parameters) => {
    expect(valueOf(inline(parameters))).not.toHaveProperty('inlineValue');
  });

  it('is kept as unread when keyward does not know it', () => {
    const object = kmp(undefined, { spec: { type: 'hashicorpvault', parameters: { keys: 7 } } });
    expect(valueOf(object)).toMatchObject({ type: 'hashicorpvault', keys: [] });
  });

  it.each([{ type: '' }, { type: '  ' }, {}, undefined])('is refused with the spec %j', (spec) => {
    expect(problemsOf(kmp(undefined, { spec }))).toEqual(['spec.type is missing']);
  });

  it.each([{ type: 5 }, 'x', null, { type: 'inline', parameters: [] }])(
    'is refused with the unreadable spec %j',
    (spec) => {
      expect(problemsOf(kmp(undefined, { spec }))).not.toEqual([]);
    },
  );
});

describe("what others wrote of a KeyManagementProvider's spec", () => {
  const managed = (managedFields: unknown) =>
    valueOf(kmp({ vaultURI: VAULT }, { metadata: { ...metadata, managedFields } }));

  it('is attributed to who wrote last, keyward and status apart', () => {
    const value = managed([
      { manager: 'kubectl', time: '2026-01-01T00:00:00Z' },
      { manager: 'argocd', time: '2026-03-01T00:00:00Z' },
      { manager: 'ratify', time: '2026-06-01T00:00:00Z', subresource: 'status' },
      { manager: 'keyward', time: '2026-05-01T00:00:00Z' },
    ]);
    expect(value.lastForeignManager).toBe('argocd');
  });

  it('of a status is attributed to who wrote that last, with the time of the fetch', () => {
    const managedFields = [
      { manager: 'ratify', time: '2026-06-01T00:00:00Z', subresource: 'status' },
      { manager: 'keyward-ratify-status', time: '2026-05-01T00:00:00Z', subresource: 'status' },
      { manager: 'argocd', time: '2026-07-01T00:00:00Z' },
    ];
    const lastfetchedtime = '2026-06-01T00:00:00Z';
    const status = { issuccess: true, lastfetchedtime };
    const object = kmp({ vaultURI: VAULT }, { metadata: { ...metadata, managedFields }, status });
    expect(valueOf(object).status).toEqual({
      isSuccess: true,
      lastFetchedTime: lastfetchedtime,
      writer: 'ratify',
    });
  });

  it.each([undefined, [], 'rubbish', [{ manager: 'keyward', time: '2026-01-01T00:00:00Z' }]])(
    'is nobody’s with %j',
    (managedFields) => {
      expect(managed(managedFields)).not.toHaveProperty('lastForeignManager');
    },
  );

  it.each([
    [{ issuccess: true }, { isSuccess: true }],
    [
      { issuccess: false, error: 'e' },
      { isSuccess: false, error: 'e' },
    ],
    [{ issuccess: 'yes' }, {}],
    [null, {}],
  ])('has of the status %j only what can be read', (status, expected) => {
    expect(valueOf(kmp({ vaultURI: VAULT }, { status })).status).toEqual(expected);
  });
});
