import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { UsageProblem } from '../../../../cli/command-input.ts';
import type { KeySource } from '../../../../cli/keys/key-source.ts';
import { readPublicKey } from '../../../../cli/keys/read-public-key.ts';
import { judgeWithUnread } from '../../../../cli/report/judge-image.ts';
import type { Finding } from '../../../../cli/report/image-report.ts';
import { readGivenTrust, type Given, type GivenTrust } from '../../../../cli/trust/given-trust.ts';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import { createVerificationMemo } from '../../../../webhook/evidence/verification-memo.ts';
import { bundle, DIGEST, legacy, REPOSITORY } from '../../../support/signatures.ts';
import { signerOf, type Signer } from '../../../support/signing.ts';
import { DAY, evidenceOf, NOW } from '../../../support/trust.ts';
import { KEY_SET, KEYWARD, parse, PROVIDER, verifier } from '../config/config-files.ts';
import { createFakeVault, versionIdOf, type FakeVault } from './fake-vault.ts';

const VAULT = 'https://contoso.vault.azure.net';
const [old, current, newest, stranger] = ['old', 'current', 'newest', 'stranger'].map((label) =>
  signerOf('P-256', label),
) as [Signer, Signer, Signer, Signer];

const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;

const rotated = (overrides: Partial<Record<'old' | 'current' | 'newest', object>> = {}) =>
  createFakeVault({
    'cosign-key': [
      { signer: old, daysAgo: 30, ...overrides.old },
      { signer: current, daysAgo: 20, ...overrides.current },
      { signer: newest, daysAgo: 10, ...overrides.newest },
    ],
  });

function fileKey(signer: Signer, path = 'cosign.pub'): KeySource {
  const read = readPublicKey(signer.pem);
  if (read.kind !== 'loaded') throw new Error('not a key');
  return { kind: 'file', path, key: read.key };
}

const vaultKey = (version?: Signer, name = 'cosign-key'): KeySource => ({
  kind: 'vault',
  vaultUri: VAULT,
  name,
  ...(version === undefined ? {} : { version: versionIdOf(version) }),
});

function read(given: Partial<Given>, vault: FakeVault = rotated()): Promise<GivenTrust> {
  return readGivenTrust({
    keys: [],
    hash: 'auto',
    annotations: new Map(),
    tlog: 'ignore',
    now: NOW,
    openVaults: () => vault,
    ...given,
  });
}

async function judge(
  trust: GivenTrust,
  candidates: readonly Candidate[],
  repository = REPOSITORY,
): Promise<Finding> {
  return judgeWithUnread(
    {
      image: `${repository}:v1`,
      evidence: evidenceOf(candidates, { repository }),
      policies: trust.policiesFor(repository, DIGEST),
      trust: trust.trust,
      now: NOW,
      memo: createVerificationMemo(),
    },
    trust.unread,
  );
}

/** `allow`, or the code of the refusal, for a signature by each. */
async function outcomes(
  trust: GivenTrust,
  signers: readonly Signer[] = [old, current, newest, stranger],
): Promise<readonly string[]> {
  const findings = await Promise.all(signers.map((signer) => judge(trust, [legacy({ signer })])));
  return findings.map((finding) => (finding.kind === 'allow' ? 'allow' : finding.code));
}

describe('--key', () => {
  it('files: any of them suffices, and it is named by its file', async () => {
    const trust = await read({ keys: [fileKey(old, 'a.pub'), fileKey(current, 'Keys/B.pub')] });
    expect(await outcomes(trust)).toEqual([
      'allow',
      'allow',
      'SIGNATURE_INVALID',
      'SIGNATURE_INVALID',
    ]);
    expect(await judge(trust, [legacy({ signer: current })])).toMatchObject({
      vouchedBy: [{ fingerprint: current.fingerprint, name: 'Keys/B.pub', version: '' }],
    });
  });

  it('of files asks no vault', async () => {
    const openVaults = () => {
      throw new Error('a vault was opened');
    };
    await expect(read({ keys: [fileKey(old)], openVaults })).resolves.toBeDefined();
  });

  it('in a vault, without a version, is each enabled version of it', async () => {
    const vault = rotated({ current: { enabled: false } });
    const trust = await read({ keys: [vaultKey()] }, vault);
    expect(await outcomes(trust)).toEqual(['allow', 'KEY_DISABLED', 'allow', 'SIGNATURE_INVALID']);
    expect(await judge(trust, [legacy({ signer: newest })])).toMatchObject({
      vouchedBy: [{ name: 'cosign-key', version: versionIdOf(newest), vaultUri: VAULT }],
    });
  });

  it('in a vault, with a version, is that one, and is read with one GET', async () => {
    const vault = rotated();
    const trust = await read({ keys: [vaultKey(current)] }, vault);
    expect(await outcomes(trust)).toEqual([
      'SIGNATURE_INVALID',
      'allow',
      'SIGNATURE_INVALID',
      'SIGNATURE_INVALID',
    ]);
    expect(vault.calls).toEqual([`get ${VAULT}/cosign-key/${versionIdOf(current)}`]);
  });

  it('in a vault counts within its dates', async () => {
    const vault = rotated({
      old: { expiresOn: NOW - DAY },
      current: { notBefore: NOW + DAY },
      newest: { notBefore: NOW - DAY, expiresOn: NOW + DAY },
    });
    expect(await outcomes(await read({ keys: [vaultKey()] }, vault))).toEqual([
      'KEY_EXPIRED',
      'KEY_NOT_YET_VALID',
      'allow',
      'SIGNATURE_INVALID',
    ]);
  });

  it.each<[string, FakeVault, KeySource, string]>([
    ['a key that the vault has not', rotated(), vaultKey(undefined, 'other'), 'KEY_DELETED'],
    ['a version that it has not', rotated(), vaultKey(stranger), 'KEY_DELETED'],
    [
      'a disabled version that it shows',
      rotated({ old: { enabled: false } }),
      vaultKey(old),
      'KEY_DISABLED',
    ],
    [
      'a disabled version that it does not show',
      rotated({ old: { refused: true } }),
      vaultKey(old),
      'KEY_DISABLED',
    ],
    [
      'a key that keyward does not verify with',
      createFakeVault({ 'cosign-key': [{ signer: { ...old, publicKey: koblitz } }] }),
      vaultKey(),
      'KEY_UNSUPPORTED',
    ],
  ])('that names %s denies, with the reason', async (_, vault, key, code) => {
    const finding = await judge(await read({ keys: [key] }, vault), [legacy({ signer: old })]);
    expect(finding).toMatchObject({ kind: 'deny', code });
  });

  it('beside one that is not there still vouches', async () => {
    const keys = [vaultKey(undefined, 'other'), fileKey(old)];
    expect(await outcomes(await read({ keys }), [old, stranger])).toEqual([
      'allow',
      'SIGNATURE_INVALID',
    ]);
  });

  it('that keyward does not verify with is left out and said; alone it denies', async () => {
    const unusable = { code: 'KEY_WEAK', detail: 'too short' } as const;
    const weak: KeySource = { kind: 'file', path: 'weak.pub', unusable };
    const both = await read({ keys: [weak, fileKey(old)] });
    expect(await outcomes(both, [old, stranger])).toEqual(['allow', 'SIGNATURE_INVALID']);
    expect(both.notes).toEqual(['weak.pub: KEY_WEAK: too short; it is left out']);
    const finding = await judge(await read({ keys: [weak] }), [legacy({ signer: old })]);
    expect(finding).toMatchObject({
      kind: 'deny',
      code: 'KEY_WEAK',
      message: expect.stringContaining('weak.pub: too short'),
    });
  });

  it('hashes as the command line says, where it comes from no vault', async () => {
    const [rsa] = [signerOf('RSA-3072', 'local')];
    const candidate = legacy({ signer: rsa, hash: 'sha256', form: 'raw' });
    const vault = createFakeVault({ 'cosign-key': [{ signer: rsa }] });
    const kindOf = async (keys: readonly KeySource[], hash: 'auto' | 'sha256') =>
      (await judge(await read({ keys, hash }, vault), [candidate])).kind;
    expect(await kindOf([fileKey(rsa)], 'sha256')).toBe('allow');
    expect(await kindOf([fileKey(rsa)], 'auto')).toBe('deny');
    expect(await kindOf([vaultKey()], 'sha256')).toBe('deny');
  });
});

describe('what is asked for besides', () => {
  it('annotations must be on the signature that counts', async () => {
    const trust = await read({ keys: [fileKey(old)], annotations: new Map([['build', '7']]) });
    expect(await outcomes(trust, [old, stranger])).toEqual([
      'ANNOTATION_MISMATCH',
      'SIGNATURE_INVALID',
    ]);
  });

  it('the transparency log denies, whatever the signature', async () => {
    const trust = await read({ keys: [fileKey(old)], tlog: 'require' });
    expect(await outcomes(trust, [old])).toEqual(['TLOG_UNSUPPORTED']);
    expect(await judge(trust, [])).toMatchObject({ code: 'TLOG_UNSUPPORTED' });
  });
});

const policy = (keys: string, rest = '') =>
  `- name: default\n  scopes: ["contoso.azurecr.io/*"]\n  keys: ${keys}${rest}`;
const byProvider = verifier(policy('[{provider: kmp-akv}]'));
const listing = (...signers: readonly Signer[]) =>
  PROVIDER.replace(
    / {4}keys:[\s\S]*$/u,
    `    keys: [${signers.map((each) => `{name: cosign-key, version: "${versionIdOf(each)}"}`).join(', ')}]\n`,
  );
const UNNAMED = PROVIDER.replace(/ {8}version: .*\n/u, '');

describe('a KeyManagementProvider of --config', () => {
  it('stands for the versions that it lists, and no others', async () => {
    const trust = await read({ config: parse(listing(old, current), byProvider) });
    expect(await outcomes(trust)).toEqual([
      'allow',
      'allow',
      'KEY_NOT_FOLLOWED',
      'SIGNATURE_INVALID',
    ]);
  });

  it('stands for the current version where it names none', async () => {
    const trust = await read({ config: parse(UNNAMED, byProvider) });
    expect(await outcomes(trust)).toEqual([
      'KEY_NOT_FOLLOWED',
      'KEY_NOT_FOLLOWED',
      'allow',
      'SIGNATURE_INVALID',
    ]);
  });

  it('stands for no disabled version, listed or not', async () => {
    const vault = rotated({ old: { enabled: false }, newest: { enabled: false } });
    const trust = await read({ config: parse(listing(old, current), byProvider) }, vault);
    expect(await outcomes(trust)).toEqual([
      'KEY_DISABLED',
      'allow',
      'KEY_DISABLED',
      'SIGNATURE_INVALID',
    ]);
  });

  it('says in its own words why a version does not count', async () => {
    const trust = await read({ config: parse(listing(old), byProvider) });
    const finding = await judge(trust, [legacy({ signer: newest })]);
    expect(finding).toMatchObject({
      message: expect.stringContaining('its KeyManagementProvider does not list it'),
    });
  });

  it('of type inline holds one key', async () => {
    const inline = PROVIDER.replace(
      /type: azurekeyvault[\s\S]*$/u,
      `type: inline\n  parameters:\n    contentType: key\n    value: |\n${old.pem.replaceAll(/^(?=.)/gmu, '      ')}`,
    );
    const trust = await read({ config: parse(inline, byProvider) });
    expect(await outcomes(trust)).toEqual([
      'allow',
      'SIGNATURE_INVALID',
      'SIGNATURE_INVALID',
      'SIGNATURE_INVALID',
    ]);
    expect(
      await outcomes(
        await read({
          config: parse(inline, verifier(policy('[{provider: kmp-akv, name: kmp-akv}]'))),
        }),
      ),
    ).not.toContain('allow');
  });

  it.each<[string, string, string, RegExp]>([
    ['is not in the files', '', 'KEY_UNKNOWN', /hold no key management provider "kmp-akv"/u],
    [
      'is of a type that keyward does not read',
      PROVIDER.replace('azurekeyvault', 'hashicorp'),
      'KEY_UNKNOWN',
      /type 'hashicorp'/u,
    ],
    [
      'lists no keys',
      PROVIDER.replace(/keys:[\s\S]*$/u, 'keys:\n'),
      'KEY_UNKNOWN',
      /lists no keys/u,
    ],
    [
      'lists a key that its vault has not',
      PROVIDER.replace('cosign-key', 'other'),
      'KEY_DELETED',
      /no such key/u,
    ],
  ])('that %s denies, with the reason', async (_, provider, code, words) => {
    const config = provider === '' ? parse(byProvider) : parse(provider, byProvider);
    expect(await judge(await read({ config }), [legacy({ signer: old })])).toMatchObject({
      kind: 'deny',
      code,
      message: expect.stringMatching(words),
    });
  });

  it('on which no policy relies is not read', async () => {
    const vault = rotated();
    await read({ config: parse(PROVIDER, KEY_SET.replace('cosign-key', 'other')) }, vault);
    expect(vault.calls.filter((call) => call.includes('cosign-key'))).toEqual([]);
  });
});

describe('a trust policy of --config', () => {
  const trustIn = (keys: string, ...documents: readonly string[]) =>
    read({ config: parse(listing(old, current), verifier(policy(keys)), ...documents) });

  it('may name a key, or pin a version of it', async () => {
    const of = async (key: string) =>
      (await outcomes(await trustIn(`[{provider: kmp-akv, ${key}}]`))).slice(0, 2);
    expect(await of('name: cosign-key')).toEqual(['allow', 'allow']);
    expect(await of(`name: COSIGN-KEY, version: "${versionIdOf(current)}"`)).toEqual([
      'SIGNATURE_INVALID',
      'allow',
    ]);
    expect(await of('name: other')).toEqual(['KEY_UNKNOWN', 'KEY_UNKNOWN']);
  });

  it('with one provider that is there and one that is not relies on the first, and that is said', async () => {
    const trust = await trustIn('[{provider: kmp-akv}, {provider: typo}]');
    expect(await outcomes(trust, [old, stranger])).toEqual(['allow', 'SIGNATURE_INVALID']);
    expect(trust.notes).toEqual([expect.stringContaining('"typo"')]);
  });

  it.each<[string, string, string, RegExp]>([
    [
      'keyless signatures',
      '\n  keyless: {ctLogVerify: true}',
      'KEYLESS_UNSUPPORTED',
      /\(policy\.yaml:\d+:9\)/u,
    ],
    ['the transparency log', '\n  tLogVerify: true', 'TLOG_UNSUPPORTED', /\(policy\.yaml:\d+:9\)/u],
    [
      'scopes that overlap',
      '\n- name: more\n  scopes: ["contoso.azurecr.io/team/*"]\n  keys: [{provider: kmp-akv}]',
      'POLICY_UNSUPPORTED',
      /overlap \(policy\.yaml:\d+:9\)/u,
    ],
    [
      'its name twice',
      '\n- name: default\n  scopes: ["other.azurecr.io/*"]\n  keys: [{provider: kmp-akv}]',
      'POLICY_UNSUPPORTED',
      /the same name/u,
    ],
  ])('that asks for %s denies, and says where it stands', async (_, rest, code, words) => {
    const config = parse(verifier(policy('[{provider: kmp-akv}]', rest)), listing(old));
    const finding = await judge(await read({ config }), [legacy({ signer: old })]);
    expect(finding).toMatchObject({ kind: 'deny', code, message: expect.stringMatching(words) });
  });

  it('of the log is not undone by --tlog ignore', async () => {
    const config = parse(
      verifier(policy('[{provider: kmp-akv}]', '\n  tLogVerify: true')),
      listing(old),
    );
    expect(await outcomes(await read({ config, tlog: 'ignore' }), [old])).toEqual([
      'TLOG_UNSUPPORTED',
    ]);
  });

  it('covers what its scopes say, and "*" only what nothing else of its verifier does', async () => {
    const rest = '\n- name: rest\n  scopes: ["*"]\n  keys: [{provider: kmp-akv, name: cosign-key}]';
    const only = await read({ config: parse(listing(old), byProvider) });
    const withRest = await read({
      config: parse(listing(old), verifier(policy(`[{provider: kmp-akv, name: none}]`, rest))),
    });
    const elsewhere = 'fabrikam.azurecr.io/app';
    expect(await judge(only, [legacy({ signer: old })], elsewhere)).toMatchObject({
      code: 'NO_POLICY',
    });
    expect((await judge(withRest, [legacy({ signer: old })], elsewhere)).kind).toBe('allow');
    expect((await judge(withRest, [legacy({ signer: old })])).kind).toBe('deny');
  });
});

describe('a KeySet of --config', () => {
  it('vouches for its images by its own rules', async () => {
    const rules = `  versions: {baseline: ["${versionIdOf(current)}"], follow: false}\n`;
    const trust = await read({ config: parse(`${KEY_SET}${rules}`) });
    expect(await outcomes(trust)).toEqual([
      'KEY_NOT_FOLLOWED',
      'allow',
      'KEY_NOT_FOLLOWED',
      'SIGNATURE_INVALID',
    ]);
  });

  it('decides on expired keys, and trusts them unless it says otherwise', async () => {
    const vault = () => rotated({ old: { expiresOn: NOW - DAY } });
    expect(await outcomes(await read({ config: parse(KEY_SET) }, vault()), [old])).toEqual([
      'allow',
    ]);
    const strict = parse(`${KEY_SET}  expiredKeys: Deny\n`);
    expect(await outcomes(await read({ config: strict }, vault()), [old])).toEqual(['KEY_EXPIRED']);
  });

  it('may follow a provider, in place of what the provider lists', async () => {
    const follower = KEY_SET.replace(
      /keys: .*/u,
      'providerRef: {kind: KeyManagementProvider, name: kmp-akv}',
    ).replace(/ {2}images: .*\n/u, '');
    const trust = await read({ config: parse(listing(old), byProvider, follower) });
    expect(await outcomes(trust)).toEqual(['allow', 'allow', 'allow', 'SIGNATURE_INVALID']);
  });

  it('vouches beside the verifier: every policy that covers the image must be satisfied', async () => {
    const pinned = `${KEY_SET}  versions: {baseline: ["${versionIdOf(current)}"], follow: false}\n`;
    const trust = await read({ config: parse(listing(old), byProvider, pinned) });
    expect(await outcomes(trust)).not.toContain('allow');
    const both = await judge(trust, [legacy({ signer: old }), bundle({ signer: current })]);
    expect(both.kind).toBe('allow');
  });

  it('loses what a KeyRevocation names', async () => {
    const revoke = (what: string) =>
      `apiVersion: ${KEYWARD}\nkind: KeyRevocation\nmetadata: {name: leak}\nspec: {${what}, reason: leaked}\n`;
    for (const what of [
      `fingerprint: "${current.fingerprint}"`,
      `key: "azurekms://contoso.vault.azure.net/cosign-key/${versionIdOf(current)}"`,
    ]) {
      const trust = await read({ config: parse(KEY_SET, revoke(what)), keys: [fileKey(current)] });
      expect(await outcomes(trust, [old, current])).toEqual(['SIGNATURE_INVALID', 'KEY_REVOKED']);
    }
  });
});

describe('--key beside --config', () => {
  it('must be satisfied as well', async () => {
    const config = parse(listing(old, current), byProvider);
    const trust = await read({ config, keys: [fileKey(current)] });
    expect(await outcomes(trust)).toEqual([
      'SIGNATURE_INVALID',
      'allow',
      'SIGNATURE_INVALID',
      'SIGNATURE_INVALID',
    ]);
  });

  it('admits nothing that the files do not cover', async () => {
    const trust = await read({ config: parse(PROVIDER, byProvider), keys: [fileKey(old)] });
    const finding = await judge(trust, [legacy({ signer: old })], 'fabrikam.azurecr.io/app');
    expect(finding).toMatchObject({ kind: 'deny', code: 'NO_POLICY' });
  });
});

describe('policies of tenants', () => {
  const cluster = verifier(policy('[{provider: kmp-akv}]'));
  const tenantOf = (namespace: string) =>
    verifier(
      policy('[{provider: kmp-akv, name: cosign-key, version: "x"}]'),
      'NamespacedVerifier',
      `{name: t, namespace: ${namespace}}`,
    );

  it('count from their own namespace, besides those of the cluster', async () => {
    const config = parse(listing(old), cluster, tenantOf('team'));
    expect(await outcomes(await read({ config, namespace: 'other' }), [old])).toEqual(['allow']);
    expect(await outcomes(await read({ config, namespace: 'team' }), [old])).toEqual([
      'KEY_UNKNOWN',
    ]);
    expect(await outcomes(await read({ config }), [old])).toEqual(['KEY_UNKNOWN']);
  });

  it('of several namespaces need one to be named', async () => {
    const config = parse(listing(old), cluster, tenantOf('team'), tenantOf('other'));
    await expect(read({ config })).rejects.toThrow(UsageProblem);
    await expect(read({ config })).rejects.toThrow(/team, other[\s\S]*--namespace/u);
    await expect(read({ config, namespace: 'team' })).resolves.toBeDefined();
  });

  it('stand alone where the files hold no others', async () => {
    const own = verifier(
      policy('[{provider: kmp-akv}]'),
      'NamespacedVerifier',
      '{name: t, namespace: team}',
    );
    const config = parse(listing(old), own);
    expect(await outcomes(await read({ config }), [old, stranger])).toEqual([
      'allow',
      'SIGNATURE_INVALID',
    ]);
    expect(await outcomes(await read({ config, namespace: 'other' }), [old])).toEqual([
      'NO_POLICY',
    ]);
  });

  it("rely on their own providers and the cluster's, never on another tenant's", async () => {
    const provider = (namespace: string) =>
      listing(old)
        .replace('kind: Key', 'kind: NamespacedKey')
        .replace('name: kmp-akv', `name: kmp-akv\n  namespace: ${namespace}`);
    const from = (ref: string) =>
      verifier(policy(`[{provider: ${ref}}]`), 'NamespacedVerifier', '{name: t, namespace: team}');
    const kindOf = async (ref: string) =>
      outcomes(await read({ config: parse(provider('team'), provider('other'), from(ref)) }), [
        old,
      ]);
    expect(await kindOf('team/kmp-akv')).toEqual(['allow']);
    expect(await kindOf('other/kmp-akv')).toEqual(['KEY_UNKNOWN']);
    expect(await kindOf('kmp-akv')).toEqual(['KEY_UNKNOWN']);
  });
});

describe('a vault that cannot be read', () => {
  const failing = (name?: string): FakeVault => {
    const vault = createFakeVault({
      'cosign-key': [{ signer: old }],
      other: [{ signer: current }],
    });
    vault.fail('VAULT_FORBIDDEN', name);
    return vault;
  };

  it.each([undefined, old])(
    'leaves open what its keys would vouch for (version %#)',
    async (version) => {
      const trust = await read({ keys: [vaultKey(version)] }, failing());
      expect(await judge(trust, [legacy({ signer: old })])).toMatchObject({
        kind: 'unavailable',
        code: 'VAULT_FORBIDDEN',
        message: expect.stringContaining('contoso.vault.azure.net'),
      });
    },
  );

  it('does not make a question of an image that nobody signed', async () => {
    const trust = await read({ keys: [vaultKey()] }, failing());
    expect(await judge(trust, [])).toMatchObject({ kind: 'deny', code: 'NO_SIGNATURE' });
    const spoilt = legacy({ payload: 'no JSON' });
    expect(await judge(trust, [spoilt])).toMatchObject({ kind: 'deny', code: 'JSON_MALFORMED' });
  });

  it('takes nothing from keys that were read', async () => {
    const trust = await read({ keys: [vaultKey(), fileKey(current)] }, failing());
    expect(await outcomes(trust, [old, current])).toEqual(['VAULT_FORBIDDEN', 'allow']);
  });

  it('takes nothing from a denial that another policy gives', async () => {
    const config = parse(
      KEY_SET,
      KEY_SET.replace('cosign-key', 'other').replace('name: prod', 'name: second'),
    );
    const trust = await read({ config }, failing('cosign-key'));
    expect(await outcomes(trust, [current, stranger])).toEqual([
      'VAULT_FORBIDDEN',
      'SIGNATURE_INVALID',
    ]);
  });

  it('takes nothing from a denial that needs no key', async () => {
    const trust = await read({ keys: [vaultKey()], tlog: 'require' }, failing());
    expect(await outcomes(trust, [old])).toEqual(['TLOG_UNSUPPORTED']);
  });
});
