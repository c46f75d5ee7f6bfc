/** What people and other systems write: API objects, files of the command line, events, credentials. */
import { isDeepStrictEqual } from 'node:util';
import { UsageProblem } from '../../../cli/command-input.ts';
import { parseConfig } from '../../../cli/config/read-config.ts';
import { readPublicKey } from '../../../cli/keys/read-public-key.ts';
import { policiesOf } from '../../../core/policy/policies-of.ts';
import { parseEvents } from '../../../events/parse-events.ts';
import { parseKeyRevocation } from '../../../platform/kube/key-revocation-schema.ts';
import { parseKeySet } from '../../../platform/kube/key-set-schema.ts';
import { parseKmp } from '../../../platform/kube/kmp-schema.ts';
import { parseStore } from '../../../platform/kube/store-schema.ts';
import { parseVerifier } from '../../../platform/kube/verifier-schema.ts';
import { parseChallenge } from '../../../platform/registry/authorize/challenge.ts';
import { parseDockerConfig } from '../../../platform/registry/credentials/docker-config.ts';
import { bytesOf } from '../../support/signatures.ts';
import { signerOf } from '../../support/signing.ts';
import { promise, type Target } from '../target.ts';

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

function parsedJson(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(textOf(bytes)) as unknown };
  } catch {
    return undefined;
  }
}

const metadata = { name: 'prod', namespace: 'keyward-system', generation: 2, uid: 'u' };
const keySet = {
  apiVersion: 'keyward.dev/v1alpha1',
  kind: 'KeySet',
  metadata,
  spec: {
    keys: ['azurekms://contoso.vault.azure.net/cosign-key'],
    images: ['contoso.azurecr.io/*'],
    versions: { baseline: ['0ff373a9'], follow: true, exclude: [], limit: 20 },
    expiredKeys: 'Deny',
    staleAfter: '1h',
  },
  status: {
    trusted: 1,
    lastReconciledTime: '2026-11-02T12:00:00Z',
    conditions: [],
    versions: [
      {
        vaultUri: 'https://contoso.vault.azure.net',
        name: 'cosign-key',
        version: '0ff373a9',
        state: 'trusted',
        reason: 'enabled in the vault',
        since: '2026-11-02T12:00:00Z',
      },
    ],
  },
};
const verifier = {
  apiVersion: 'config.ratify.deislabs.io/v1beta1',
  kind: 'Verifier',
  metadata: { name: 'verifier-cosign' },
  spec: {
    name: 'cosign',
    artifactTypes: 'application/vnd.dev.cosign.artifact.sig.v1+json',
    parameters: {
      trustPolicies: [
        {
          name: 'default',
          version: '1.0.0',
          scopes: ['contoso.azurecr.io/*'],
          keys: [{ provider: 'keymanagementprovider-akv', name: 'cosign-key', version: 'a1' }],
          tLogVerify: false,
        },
      ],
    },
  },
};
const provider = {
  apiVersion: 'config.ratify.deislabs.io/v1beta1',
  kind: 'KeyManagementProvider',
  metadata: { name: 'keymanagementprovider-akv' },
  spec: {
    type: 'azurekeyvault',
    refreshInterval: '1m',
    parameters: {
      vaultURI: 'https://contoso.vault.azure.net/',
      keys: [{ name: 'cosign-key', version: '0ff373a9' }],
      tenantID: 't',
      clientID: 'c',
    },
  },
};
const revocation = {
  apiVersion: 'keyward.dev/v1alpha1',
  kind: 'KeyRevocation',
  metadata: { name: 'leak-1' },
  spec: { key: 'azurekms://contoso.vault.azure.net/cosign-key/0ff373a9', reason: 'KeyCompromise' },
};

const PARSERS = {
  keyset: parseKeySet,
  verifier: parseVerifier,
  kmp: parseKmp,
  revocation: parseKeyRevocation,
  store: parseStore,
} as const;

/** Any object, offered to the parser of each kind: the API server is trusted, whoever may write to it is not. */
const apiObject: Target = {
  name: 'api-object',
  seeds: () =>
    [
      keySet,
      verifier,
      { ...verifier, kind: 'NamespacedVerifier', metadata: { name: 'v', namespace: 'team' } },
      provider,
      {
        ...provider,
        spec: { type: 'inline', parameters: { contentType: 'key', value: signerOf().pem } },
      },
      revocation,
      { ...revocation, spec: { fingerprint: `sha256:${'a1'.repeat(32)}`, reason: 'x' } },
    ].map((object) => bytesOf(object)),
  run: (bytes) => {
    const json = parsedJson(bytes);
    if (json === undefined) return 'no JSON';
    const accepted = Object.entries(PARSERS).flatMap(([kind, parse]) => {
      const parsed = parse(json.value);
      if (!parsed.ok) {
        promise(parsed.problems.length > 0, 'a refusal has a reason');
        return [];
      }
      return [kind];
    });
    const read = parseKeySet(json.value);
    if (read.ok) {
      const sources = { verifiers: [], keySets: [read.value], keywardNamespace: 'keyward-system' };
      const asked = read.value.spec.images === undefined ? 0 : 1;
      promise(policiesOf(sources).length === asked, 'what a KeySet asks for is a policy');
    }
    return accepted.join(' ') || 'refused';
  },
};

const configFile: Target = {
  name: 'config-file',
  seeds: () =>
    [
      JSON.stringify(keySet),
      `${JSON.stringify(provider)}\n---\n${JSON.stringify(verifier)}\n`,
      'apiVersion: keyward.dev/v1alpha1\nkind: KeySet\nmetadata: {name: prod}\nspec:\n  keys: [azurekms://contoso.vault.azure.net/k]\n  images: ["*"]\n',
      'a: &a [x]\nb: [*a, *a]\n---\n- "\\u0041"\n- |\n  text\n- !!binary AAAA\n',
    ].map((text) => Buffer.from(text)),
  run: (bytes) => {
    try {
      const { verifiers, providers, keySets } = parseConfig([{ path: 'policy.yaml', bytes }]);
      return `${verifiers.length > 0 ? 'verifier ' : ''}${providers.length > 0 ? 'provider ' : ''}${keySets.length > 0 ? 'keyset' : ''}`;
    } catch (error) {
      if (!(error instanceof UsageProblem)) throw error;
      promise(/policy\.yaml:\d+:\d+/.test(error.message), 'a problem names file, line and column');
      promise(error.message.split('\n').length <= 22, 'problems are a short list');
      return 'problems';
    }
  },
};

const keyFile: Target = {
  name: 'key-file',
  seeds: () =>
    [
      signerOf().pem,
      signerOf('RSA-2048').pem,
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      'ssh-ed25519 AAAA',
    ].map((text) => Buffer.from(text)),
  run: (bytes) => {
    const read = readPublicKey(textOf(bytes));
    if (read.kind === 'loaded') return `loaded ${read.key.algorithm}`;
    if (read.kind === 'unusable') return read.code;
    promise(read.line >= 1 && read.message.length < 300, 'a problem is one short line');
    return 'malformed';
  },
};

const cloudEvent = (data: object) => ({
  specversion: '1.0',
  id: '1',
  source: '/subscriptions/x/vaults/contoso-kv',
  type: 'Microsoft.KeyVault.KeyNewVersionCreated',
  subject: 'cosign-key',
  time: '2026-11-02T12:00:00Z',
  data,
});
const eventData = {
  Id: 'https://contoso-kv.vault.azure.net/keys/cosign-key/ee05',
  VaultName: 'contoso-kv',
  ObjectType: 'Key',
  ObjectName: 'cosign-key',
  Version: 'ee05',
};

const event: Target = {
  name: 'event',
  seeds: () =>
    [
      cloudEvent(eventData),
      [cloudEvent(eventData), cloudEvent({ ...eventData, Version: undefined })],
      {
        id: '1',
        topic: '/subscriptions/x',
        subject: 'cosign-key',
        eventType: 'Microsoft.KeyVault.KeyExpired',
        eventTime: '2026-11-02T12:00:00Z',
        data: eventData,
        dataVersion: '1',
        metadataVersion: '1',
      },
      { ...cloudEvent({}), type: 'Microsoft.KeyVault.SecretExpired' },
      {
        ...cloudEvent({ VaultName: 'contoso-kv' }),
        type: 'Microsoft.KeyVault.VaultAccessPolicyChanged',
      },
      JSON.stringify(JSON.stringify(cloudEvent(eventData))),
    ].map((body) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
  run: async (bytes) => {
    const parsed = await parseEvents(bytes);
    promise(isDeepStrictEqual(await parseEvents(bytes), parsed), 'the same bytes say the same');
    if (!parsed.ok) {
      promise(parsed.detail.length < 200, 'a refusal is one short line');
      return parsed.code;
    }
    for (const hint of parsed.hints) {
      if (hint.type === 'VaultAccessPolicyChanged') {
        promise(/^[a-z][a-z0-9-]{2,23}$/.test(hint.vaultName), 'a hint names a vault');
        continue;
      }
      const { vaultUri, name } = hint;
      promise(
        /^https:\/\/[a-z][a-z0-9-]{2,23}\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)$/.test(
          vaultUri,
        ),
        'a hint names a vault of Azure',
      );
      promise(/^[0-9a-z-]{1,127}$/.test(name), 'a hint names a key');
    }
    return `${parsed.hints.length > 0 ? 'hint' : 'no hint'}${parsed.ignored.length > 0 ? ' ignored' : ''}`;
  },
};

/** The first line is the host that is asked for. */
const dockerConfig: Target = {
  name: 'docker-config',
  seeds: () =>
    [
      { auths: { 'contoso.azurecr.io': { auth: 'YTpi' } } },
      { auths: { '*.azurecr.io': { username: 'a', password: 'b' } } },
      // Ten seconds once, as a regular expression.
      { auths: { '*c*o*n*t*o*s*o*.azurecr.io*!': { auth: 'YTpi' } } },
      { auths: { 'https://index.docker.io/v1/': { identitytoken: 't' } }, credsStore: 'store' },
      { credHelpers: { 'contoso.azurecr.io': 'acr' } },
      { auths: { 'contoso.azurecr.io/team': { auth: '!' } } },
    ].flatMap((config) =>
      ['contoso.azurecr.io', `${'contoso'.repeat(9)}.azurecr.io`, 'docker.io'].map((host) =>
        Buffer.from(`${host}\n${JSON.stringify(config)}`),
      ),
    ),
  run: (bytes) => {
    const [host = '', ...rest] = textOf(bytes).split('\n');
    let config: ReturnType<typeof parseDockerConfig>;
    try {
      config = parseDockerConfig(rest.join('\n'));
    } catch (error) {
      promise(error instanceof TypeError, 'what is no Docker config is refused as such');
      return 'refused';
    }
    return config.find(host)?.kind ?? 'nothing';
  },
};

const challenge: Target = {
  name: 'challenge',
  seeds: () =>
    [
      'Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io",scope="x"',
      'Basic realm="r", Bearer realm="https://a/b"',
      'Negotiate, Basic',
      'Bearer',
    ].map((text) => Buffer.from(text)),
  run: (bytes) => {
    const found = parseChallenge(textOf(bytes));
    if (found === undefined) return 'nothing';
    const { basic, bearer } = found;
    promise(basic || bearer !== undefined, 'a challenge asks for something');
    return `${basic ? 'basic ' : ''}${bearer === undefined ? '' : 'bearer'}`;
  },
};

export const OBJECTS: readonly Target[] = [
  apiObject,
  configFile,
  keyFile,
  event,
  dockerConfig,
  challenge,
];
