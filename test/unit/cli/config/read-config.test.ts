import { describe, expect, it } from '@jest/globals';
import {
  KEYWARD,
  KEY_SET,
  parse,
  POLICY,
  problemsIn,
  PROVIDER,
  RATIFY,
  verifier,
} from './config-files.ts';

const both = (...documents: readonly string[]) => documents.join('---\n');

describe('a configuration', () => {
  it("is Ratify's and keyward's objects, as a user has them, in one file or several", () => {
    const store = `apiVersion: ${RATIFY}\nkind: Store\nmetadata: {name: oras}\nspec: {name: oras, parameters: {cosignEnabled: true}}\n`;
    const revocation = `apiVersion: ${KEYWARD}\nkind: KeyRevocation\nmetadata: {name: leak}\nspec: {fingerprint: "sha256:${'a1'.repeat(32)}", reason: leaked}\n`;
    const documents = [store, PROVIDER, verifier(POLICY), KEY_SET, revocation];
    for (const objects of [parse(both(...documents)), parse(...documents)]) {
      expect(objects.providers.map(({ value }) => value.name)).toEqual(['kmp-akv']);
      expect(objects.verifiers.map(({ value }) => value)).toEqual([
        {
          kind: 'Verifier',
          name: 'cosign',
          trustPolicies: [
            { name: 'default', scopes: ['contoso.azurecr.io/*'], keys: [{ provider: 'kmp-akv' }] },
          ],
        },
      ]);
      expect(objects.keySets.map(({ value }) => value.name)).toEqual(['prod']);
      expect(objects.revocations.map(({ value }) => value.reason)).toEqual(['leaked']);
      expect(objects.notes).toEqual([]);
    }
  });

  it('may be a list, as kubectl get -o yaml writes it', () => {
    const items = [PROVIDER, verifier(POLICY)].map(
      (each) => `  - ${each.trimEnd().replaceAll('\n', '\n    ')}\n`,
    );
    const objects = parse(`apiVersion: v1\nkind: List\nitems:\n${items.join('')}`);
    expect(objects.providers).toHaveLength(1);
    expect(objects.verifiers).toHaveLength(1);
  });

  it('may be the configuration file of Ratify outside a cluster', () => {
    const policy = {
      name: 'default',
      scopes: ['*'],
      keys: [{ file: 'cosign.pub' }],
      tLogVerify: false,
    };
    const file = {
      store: { version: '1.0.0', plugins: [{ name: 'oras', useHttp: true }] },
      policy: { version: '1.0.0', plugin: { name: 'configPolicy' } },
      verifier: {
        version: '1.0.0',
        plugins: [
          { name: 'notation', artifactTypes: 'x' },
          { name: 'cosign', artifactTypes: 'y', trustPolicies: [policy] },
        ],
      },
    };
    const objects = parse(JSON.stringify(file));
    expect(objects.verifiers.map(({ value }) => value.trustPolicies)).toEqual([[policy]]);
    expect(objects.notes.map(({ message }) => message)).toEqual([
      expect.stringContaining('"notation"'),
      expect.stringContaining('policy is not read'),
    ]);
  });

  it('has the namespaces that kubectl would give its objects', () => {
    const tenant = verifier(POLICY, 'NamespacedVerifier');
    const stray = verifier(POLICY, 'Verifier', '{name: stray, namespace: gatekeeper-system}');
    const objects = parse(both(tenant, stray, KEY_SET));
    expect(objects.verifiers.map(({ value: { name, namespace } }) => [name, namespace])).toEqual([
      ['cosign', 'default'],
      ['stray', undefined],
    ]);
    expect(objects.keySets[0]?.value.namespace).toBe('keyward-system');
  });

  it('holds no status: what a cluster knew of a key set is not believed', () => {
    const status = `status: {versions: [{vaultUri: "https://contoso.vault.azure.net", name: cosign-key, version: "1", state: trusted}]}\n`;
    expect(parse(`${KEY_SET}${status}`).keySets[0]?.value.status.versions).toEqual([]);
  });
});

describe('what is not judged by is said, with its place', () => {
  it.each<[string, string, RegExp]>([
    [
      'a kind of somebody else',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n',
      /"ConfigMap"/u,
    ],
    [
      'a verifier of another type',
      `apiVersion: ${RATIFY}\nkind: Verifier\nmetadata: {name: n}\nspec: {name: notation}\n`,
      /"notation"/u,
    ],
    [
      'the policy of Ratify',
      `apiVersion: ${RATIFY}\nkind: Policy\nmetadata: {name: ratify-policy}\nspec: {type: config-policy}\n`,
      /Policy is not read/u,
    ],
    [
      'a store without TLS',
      `apiVersion: ${RATIFY}\nkind: Store\nmetadata: {name: s}\nspec: {name: oras, parameters: {useHttp: true}}\n`,
      /--plain-http/u,
    ],
    ['a field that nobody knows', verifier(`${POLICY}\n  colour: red`), /no such field/u],
  ])('%s', (_, document, words) => {
    const { notes, ...objects } = parse(both(PROVIDER, document));
    expect(notes).toHaveLength(1);
    expect(notes[0]?.message).toMatch(words);
    expect(notes[0]?.place).toMatchObject({ file: 'policy.yaml' });
    expect(notes[0]?.place.line).toBeGreaterThan(14);
    expect(objects.providers).toHaveLength(1);
  });
});

describe('a problem names file, line, column and field', () => {
  const place = (text: string, needle: string): string => {
    const before = text.slice(0, text.indexOf(needle)).split('\n');
    return `policy.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  };

  it.each<[string, string, string, string]>([
    // Text of the file, where it is told, and the words.
    [
      'a scope that is no list',
      verifier(POLICY.replace('["contoso.azurecr.io/*"]', '"*"')),
      'scopes',
      'spec.parameters.trustPolicies[0].scopes: must be array, and is string',
    ],
    [
      'a version that YAML reads as a number',
      PROVIDER.replace('"0ff373a9259c4578a247cfd7861a8805"', '123'),
      'version: 123',
      'spec.parameters.keys[0].version: the version is a YAML number',
    ],
    [
      'a version of a policy that is a number',
      verifier(`${POLICY}\n      version: 1`),
      'version: 1\n',
      'spec.parameters.trustPolicies[0].keys[0].version: must be text, and is number: put it in quotes',
    ],
    [
      'a vault that is none',
      PROVIDER.replace('https://contoso.vault.azure.net/', 'http://contoso'),
      'vaultURI',
      'spec.parameters.vaultURI: must be https://',
    ],
    [
      'a field in another case, which Ratify would read',
      verifier(`${POLICY}\n  tlogVerify: true`),
      'tlogVerify',
      'spec.parameters.trustPolicies[0].tlogVerify: is spelt tLogVerify',
    ],
    [
      'a boolean of YAML 1.1',
      verifier(`${POLICY}\n  tLogVerify: yes`),
      'tLogVerify',
      'spec.parameters.trustPolicies[0].tLogVerify: must be boolean, and is string',
    ],
    ['no type', PROVIDER.replace('  type: azurekeyvault\n', ''), 'spec', 'spec.type: is missing'],
    [
      'no name',
      PROVIDER.replace('  name: kmp-akv\n', '  labels: {}\n'),
      'metadata',
      'metadata.name: is missing',
    ],
    [
      'a kind that is misspelt',
      PROVIDER.replace('kind: KeyManagementProvider', 'kind: KeyManagmentProvider'),
      'kind',
      'kind: keyward reads no "KeyManagmentProvider"',
    ],
    [
      'a group that is misspelt',
      PROVIDER.replace('config.ratify', 'config.ratfy'),
      'apiVersion',
      'apiVersion: a KeyManagementProvider has config.ratify.deislabs.io',
    ],
    [
      "an Executor of Ratify's next version",
      'apiVersion: config.ratify.sh/v2alpha1\nkind: Executor\n',
      'kind',
      'kind: keyward reads no "Executor"',
    ],
    ['no kind', 'apiVersion: v1\nspec: {}\n', 'apiVersion', 'kind: is missing: neither'],
    [
      'a key of a key set that is none',
      KEY_SET.replace('azurekms://contoso.vault.azure.net/cosign-key', 'cosign.pub'),
      '"cosign.pub"',
      'spec.keys[0]: "cosign.pub" is not of the form azurekms://',
    ],
    [
      'a duration that is none',
      `${KEY_SET}  staleAfter: soon\n`,
      'staleAfter',
      'spec.staleAfter: must be a duration',
    ],
    [
      'a provider that is not there',
      KEY_SET.replace(/keys: .*/u, 'providerRef: {kind: KeyManagementProvider, name: kmp}'),
      'name: kmp}',
      'spec.providerRef.name: the files given hold no KeyManagementProvider of that name',
    ],
    [
      'a key that stands twice, of which YAML would keep one',
      `${PROVIDER}        version: "1"\n`,
      '  version: "1"',
      'the same key stands twice',
    ],
    [
      'an unknown tag',
      'a: 1\nb: !!python/object x\n',
      '!!python',
      'a tag (!…) is not one that is known',
    ],
    ['an alias to nothing', 'a: 1\nb: *nothing\n', '*nothing', 'an alias refers to no anchor'],
    ['a tab', 'a:\n\tb: 1\n', 'a:\n\tb', ''],
    ['text', 'hello\n', 'hello', 'it is not an object'],
    ['a list', '- a\n', '- a', 'it is not an object'],
  ])('%s', (_, text, needle, words) => {
    const [problem = ''] = problemsIn(text);
    const blanks = needle.length - needle.trimStart().length;
    const at = place(text, needle).replace(/\d+$/u, (column) => String(Number(column) + blanks));
    expect(problem).toMatch(/^policy\.yaml:\d+:\d+: \S/u);
    if (words !== '') expect(problem).toContain(`${at}: ${words}`);
  });

  it('in a list and in a file of Ratify has the path that it has there', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n  - ${PROVIDER.replace('"0ff373a9259c4578a247cfd7861a8805"', '12').trimEnd().replaceAll('\n', '\n    ')}\n`;
    expect(problemsIn(list)).toEqual([
      expect.stringMatching(/^policy\.yaml:16:13: spec\.parameters\.keys\[0\]\.version: /u),
    ]);
    const file =
      '{"verifier": {"plugins": [{"name": "cosign", "trustPolicies": [{"name": 5, "scopes": ["*"]}]}, 7, {"type": "x"}]}}';
    expect(problemsIn(file)).toEqual([
      `policy.yaml:1:${file.indexOf('"name": 5') + 1}: verifier.plugins[0].trustPolicies[0].name: must be text, and is number: put it in quotes`,
      `policy.yaml:1:${file.indexOf('7,') + 1}: verifier.plugins[1]: is not an object`,
      expect.stringMatching(/verifier\.plugins\[2\]\.name: must be the name of a verifier/u),
    ]);
    expect(problemsIn('{"verifier": {}}')).toEqual([
      'policy.yaml:1:2: verifier.plugins: is not a list',
    ]);
  });

  it('all of them at once, top to bottom, and no more than can be read', () => {
    const wrong = both(
      PROVIDER.replace('contoso.vault', '-'),
      verifier(POLICY.replace('name: default', 'name: 1')),
    );
    expect(problemsIn(wrong)).toEqual([
      expect.stringContaining('policy.yaml:8:5: spec.parameters.vaultURI'),
      expect.stringContaining('policy.yaml:23:9: spec.parameters.trustPolicies[0].name'),
    ]);
    const many = Array.from({ length: 50 }, () => 'x\n').join('---\n');
    expect(problemsIn(many)).toHaveLength(21);
    expect(problemsIn(many).at(-1)).toBe('… and 30 more');
  });

  it.each<[string, string, string, string]>([
    ['verifier', verifier(POLICY), 'metadata', 'another verifier of this name stands at'],
    [
      'key management provider',
      PROVIDER,
      'name: kmp-akv',
      'another key management provider of this name stands at',
    ],
    ['KeySet', KEY_SET, 'metadata', 'another KeySet of this name stands at'],
  ])('two of one name, of which a cluster would keep the last: %s', (_, document, __, words) => {
    expect(problemsIn(both(document, document))).toEqual([expect.stringContaining(words)]);
    expect(problemsIn(document, document)).toEqual([
      expect.stringMatching(
        /^policy-1\.yaml:\d+:\d+: metadata\.name: .* stands at policy\.yaml:\d+:\d+$/u,
      ),
    ]);
    const elsewhere = document.replace(/name: (?:prod|cosign|kmp-akv)/u, 'name: other');
    expect(() => parse(document, elsewhere)).not.toThrow();
  });
});

describe('a file that is no configuration', () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ['empty', '', /^policy\.yaml:1:1: it holds nothing$/u],
    ['of comments only', '# nothing\n---\n', /^policy\.yaml:1:1: it holds nothing$/u],
    ['binary', Buffer.from('89504e470d0a1a0a', 'hex'), /^policy\.yaml:1:1: it is not text/u],
    ['UTF-16', Buffer.from('\ufeffa: 1', 'utf16le'), /^policy\.yaml:1:1: it is UTF-16/u],
    [
      'of thousands of aliases',
      `a: &a x\nb: [${Array.from({ length: 20_000 }, () => '*a').join(',')}]\n`,
      /^policy\.yaml:2:\d+: its aliases multiply too often$/u,
    ],
    ['nested without end', '['.repeat(50_000), /^policy\.yaml:\d+:\d+: it is nested too deeply$/u],
    [
      'that multiplies when it is read',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e'].map((name, index) => `${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcd'[index]}`).join(',')}]`).join('\n')}\n`,
      /^policy\.yaml:\d+:\d+: its aliases multiply too often$/u,
    ],
  ])('%s, is told so', (_, text, words) => {
    const [problem, ...more] = problemsIn(text);
    expect(problem).toMatch(words);
    expect(more).toEqual([]);
  });

  it('but a private key, is not repeated', () => {
    const pem =
      '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\n-----END PRIVATE KEY-----\n';
    for (const text of [
      pem,
      `key: ${pem}`,
      `key: |\n  ${pem}`,
      KEY_SET.replace(
        'azurekms://contoso.vault.azure.net/cosign-key',
        pem.replaceAll('\n', String.raw`\n`),
      ),
    ])
      expect(problemsIn(text).join('\n')).not.toContain('MIGHAgEAMBMGByqGSM49');
  });

  it('but an inline provider with one, says in which line of it, and repeats nothing', () => {
    const secret = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49';
    const inline = PROVIDER.replace(
      /type: azurekeyvault[\s\S]*$/u,
      `type: inline\n  parameters:\n    contentType: key\n    value: |\n      -----BEGIN PRIVATE KEY-----\n      ${secret}\n      -----END PRIVATE KEY-----\n`,
    );
    const [problem = ''] = problemsIn(inline);
    expect(problem).toMatch(
      /^policy\.yaml:9:5: spec\.parameters\.value: in line 1 of the value: this is a PRIVATE KEY/u,
    );
    expect(problem).not.toContain(secret);
  });

  it('may name members that every object has', () => {
    const strange =
      '__proto__: {kind: Verifier}\nconstructor: 1\nkind: ConfigMap\napiVersion: v1\n';
    expect(parse(strange).notes).toHaveLength(1);
  });
});
