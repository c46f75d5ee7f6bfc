/** `--config`: Ratify's and keyward's resources as people have them, from files, and what is wrong with them. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { signerOf } from '../support/signing.ts';
import { startVerifyWorld, type Pushed, type VerifyWorld } from './verify-setup.ts';

jest.setTimeout(120_000);

const RATIFY = 'apiVersion: config.ratify.deislabs.io/v1beta1';
const KEYWARD = 'apiVersion: keyward.dev/v1alpha1';

let world: VerifyWorld;
let key: string;
let image: Pushed;
let foreign: Pushed;
beforeAll(async () => {
  world = await startVerifyWorld();
  key = await world.write('cosign.pub', signerOf().pem);
  image = world.push('team/app');
  world.sign(image, { format: 'legacy' });
  foreign = world.push('team/foreign');
  world.sign(foreign, { format: 'legacy', signer: signerOf('P-256', 'stranger') });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const indent = (text: string, blanks: number) => text.replaceAll(/^(?=.)/gmu, ' '.repeat(blanks));

const inline = (pem = signerOf().pem) => `${RATIFY}
kind: KeyManagementProvider
metadata:
  name: ratify-cosign-inline-key-0
spec:
  type: inline
  parameters:
    contentType: key
    value: |
${indent(pem, 6)}`;

const verifier = (
  policy: string,
  kind = 'Verifier',
  metadata = 'name: verifier-cosign',
) => `${RATIFY}
kind: ${kind}
metadata:
  ${metadata}
spec:
  name: cosign
  artifactTypes: application/vnd.dev.cosign.artifact.sig.v1+json
  parameters:
    trustPolicies:
      - name: default
        scopes:
          - "*"
${indent(policy, 8)}
`;
const BY_PROVIDER = 'keys:\n  - provider: ratify-cosign-inline-key-0';
const BY_FILE = 'keys:\n  - file: cosign.pub';

const both = (...documents: readonly string[]) => documents.join('---\n');

/** Exit code and reasons, with these texts as configuration files. */
async function verdictsWith(
  texts: readonly string[],
  args: readonly string[] = [],
  images: readonly Pushed[] = [image, foreign],
) {
  const files = await Promise.all(
    texts.map((text, index) => world.write(`config-${index}.yaml`, text)),
  );
  const flags = files.flatMap((file) => ['--config', file]);
  const asked = images.map(({ tagged }) => tagged);
  const { code, reports, stdout, stderr } = await world.verify([...flags, ...args, ...asked]);
  return {
    code,
    reasons: reports.map(({ reason }) => reason ?? 'allow'),
    reports,
    stdout,
    stderr: stderr.replaceAll(`${world.folder}/`, ''),
  };
}

const GOOD = { code: 1, reasons: ['allow', 'SIGNATURE_INVALID'], stderr: '' };

describe('a configuration', () => {
  it.each<[string, readonly string[]]>([
    ['a Verifier and an inline provider', [both(inline(), verifier(BY_PROVIDER))]],
    ['the same in two files, in any order', [verifier(BY_PROVIDER), inline()]],
    ['a Verifier with a key file beside it', [verifier(BY_FILE)]],
    [
      'a tenant, of one namespace',
      [verifier(BY_FILE, 'NamespacedVerifier', '{name: verifier-cosign, namespace: team}')],
    ],
    [
      'the configuration file of Ratify outside a cluster',
      [
        JSON.stringify({
          store: { version: '1.0.0', plugins: [{ name: 'oras', cosignEnabled: true }] },
          verifier: {
            version: '1.0.0',
            plugins: [
              {
                name: 'cosign',
                artifactTypes: 'application/vnd.dev.cosign.artifact.sig.v1+json',
                trustPolicies: [
                  {
                    name: 'default',
                    scopes: ['*'],
                    keys: [{ file: 'cosign.pub' }],
                    tLogVerify: false,
                  },
                ],
              },
            ],
          },
          executor: { verificationRequestTimeout: 4900 },
        }),
      ],
    ],
  ])('may be %s', async (_, texts) => {
    const { reports, ...found } = await verdictsWith(texts);
    expect(found).toMatchObject(GOOD);
    expect(reports[0]?.vouchedBy?.fingerprint).toBe(signerOf().fingerprint);
  });

  it('is satisfied in full, and --key on top of it', async () => {
    const other = await world.write('other.pub', signerOf('P-256', 'other').pem);
    const twice = world.push('team/twice');
    world.sign(twice, { format: 'legacy' });
    world.sign(twice, { format: 'bundle', signer: signerOf('P-256', 'other') });
    const found = await verdictsWith([verifier(BY_FILE)], ['--key', other], [image, twice]);
    expect(found).toMatchObject({ code: 1, reasons: ['SIGNATURE_INVALID', 'allow'] });
  });

  it('that does not cover an image denies it, whatever --key says', async () => {
    const elsewhere = verifier(BY_FILE).replace('"*"', '"other.example/*"');
    const found = await verdictsWith([elsewhere], ['--key', key], [image]);
    expect(found).toMatchObject({ code: 1, reasons: ['NO_POLICY'] });
    expect(found.reports[0]?.remedy).toContain('to the files given');
  });

  it('may revoke a key', async () => {
    const { fingerprint } = signerOf();
    const revocation = `${KEYWARD}\nkind: KeyRevocation\nmetadata: {name: leak-1}\nspec: {fingerprint: "${fingerprint}", reason: leaked}\n`;
    const found = await verdictsWith([both(inline(), verifier(BY_PROVIDER), revocation)]);
    expect(found).toMatchObject({ code: 1, reasons: ['KEY_REVOKED', 'SIGNATURE_INVALID'] });
  });

  it.each<[string, string, string]>([
    [
      'keyless signatures',
      'keyless: {certificateIdentity: me, certificateOIDCIssuer: issuer}',
      'KEYLESS_UNSUPPORTED',
    ],
    ['the log', `${BY_FILE}\ntLogVerify: true`, 'TLOG_UNSUPPORTED'],
    ['a provider that is not there', 'keys: [{provider: nobody}]', 'KEY_UNKNOWN'],
    ['nothing', 'version: 1.0.0', 'POLICY_UNSUPPORTED'],
  ])('that asks for %s denies, and says where', async (_, policy, reason) => {
    const { code, reports } = await verdictsWith([verifier(policy)], [], [image]);
    expect({ code, reason: reports[0]?.reason }).toEqual({ code: 1, reason });
    const isPlaced = /\(\S*config-0\.yaml:\d+:\d+\)|"nobody"/u.test(reports[0]?.message ?? '');
    expect(isPlaced).toBe(true);
  });

  it('says what it does not judge by, with its place, and judges', async () => {
    const strange = verifier(`${BY_FILE}\ncolour: red`);
    const policy = `${RATIFY}\nkind: Policy\nmetadata: {name: ratify-policy}\nspec: {type: config-policy}\n`;
    const found = await verdictsWith([both(strange, policy)]);
    expect(found).toMatchObject({ code: 1, reasons: GOOD.reasons });
    expect(found.stderr.split('\n')).toEqual([
      expect.stringMatching(/^keyward: note: config-0\.yaml:15:9: .*no such field/u),
      expect.stringMatching(/^keyward: note: config-0\.yaml:\d+:1: Policy is not read/u),
      '',
    ]);
  });

  it('of several tenants is looked at from one of them', async () => {
    const tenants = ['red', 'blue'].map((namespace) =>
      verifier(BY_FILE, 'NamespacedVerifier', `{name: verifier-cosign, namespace: ${namespace}}`),
    );
    expect(await verdictsWith([both(...tenants)])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/several namespaces: red, blue\.\nSay with --namespace/u),
    });
    expect(await verdictsWith([both(...tenants)], ['-n', 'red'])).toMatchObject(GOOD);
  });
});

describe('a configuration that cannot be used', () => {
  const secret = signerOf().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  it.each<[string, string, RegExp]>([
    ['nothing', '', /^ {2}config-0\.yaml:1:1: it holds nothing$/mu],
    ['no YAML', 'a: "x', /^ {2}config-0\.yaml:1:\d+: a closing quote, bracket/mu],
    [
      'a field of another type',
      verifier('keys: cosign.pub'),
      /^ {2}config-0\.yaml:13:9: spec\.parameters\.trustPolicies\[0\]\.keys: must be array/mu,
    ],
    [
      'a field in another spelling',
      verifier(`${BY_FILE}\ntlogverify: true`),
      /^ {2}config-0\.yaml:15:9: spec\.parameters\.trustPolicies\[0\]\.tlogverify: is spelt tLogVerify$/mu,
    ],
    [
      'a private key',
      inline(secret),
      /^ {2}config-0\.yaml:9:5: spec\.parameters\.value: in line 1 of the value: this is a PRIVATE KEY/mu,
    ],
    [
      'a key file that is not there',
      verifier('keys:\n  - file: none.pub'),
      /^ {2}config-0\.yaml:14:13: spec\.parameters\.trustPolicies\[0\]\.keys\[0\]\.file: none\.pub: there is no such file\.$/mu,
    ],
    [
      'a key as Ratify once had it',
      verifier('').replace(/ {4}trustPolicies[\s\S]*/u, '    key: /cosign.pub\n'),
      /^ {2}config-0\.yaml:9:5: spec\.parameters\.key: is Ratify's form before trust policies.*keys: \[\{file: /mu,
    ],
    [
      'keyless as Ratify once had it',
      verifier('').replace(/ {4}trustPolicies[\s\S]*/u, '    rekorURL: https://rekor.example\n'),
      /^ {2}config-0\.yaml:8:3: spec\.parameters: without trustPolicies it asks for keyless/mu,
    ],
    [
      "an Executor of Ratify's next version",
      'apiVersion: config.ratify.sh/v2alpha1\nkind: Executor\nmetadata: {name: x}\n',
      /^ {2}config-0\.yaml:2:1: kind: keyward reads no "Executor"/mu,
    ],
    [
      'control characters',
      'kind: "\u001B[2J\\e[2J"\napiVersion: keyward.dev/v1alpha1\n',
      /^ {2}config-0\.yaml:1:1: kind: keyward reads no "\\u001b/mu,
    ],
    ['a binary', '\u0000\u0001', /config-0\.yaml:1:1: /u],
  ])('is a mistake, told with file, line, column and field: %s', async (_, text, words) => {
    const { code, stdout, stderr } = await verdictsWith([text], [], [image]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain((secret.split('\n')[1] ?? '').slice(0, 16));
    // oxlint-disable-next-line no-control-regex -- what no terminal may be sent
    expect(stderr).not.toMatch(/^ {4}at |[\u0000-\u0009\u000b-\u001f]/mu);
  });

  it('or cannot be read', async () => {
    for (const [file, words] of [
      ['/nonexistent.yaml', /\/nonexistent\.yaml: there is no such file/u],
      [world.folder, /it is a folder, not a file/u],
      ['/dev/zero', /\/dev\/zero: it is longer than 1048576 bytes/u],
    ] as const) {
      const { code, stdout, stderr } = await world.verify(['--config', file, image.tagged]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(words);
    }
  });
});
