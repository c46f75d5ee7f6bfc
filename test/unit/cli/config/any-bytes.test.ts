/** Whatever a configuration file holds: a verdict with a reason, or an error that names the place; never an allow that was not earned. */
import { Buffer } from 'node:buffer';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { UsageProblem } from '../../../../cli/command-input.ts';
import { readGivenTrust } from '../../../../cli/trust/given-trust.ts';
import { parseConfig } from '../../../../cli/config/read-config.ts';
import { judgeWithUnread } from '../../../../cli/report/judge-image.ts';
import { createVerificationMemo } from '../../../../webhook/evidence/verification-memo.ts';
import { runs } from '../../../support/property.ts';
import { DIGEST, legacy, REPOSITORY } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { evidenceOf, NOW } from '../../../support/trust.ts';
import { createFakeVault } from '../trust/fake-vault.ts';
import { KEY_SET, POLICY, PROVIDER, verifier } from './config-files.ts';

const stranger = signerOf('P-256', 'stranger');
const vault = () => createFakeVault({ 'cosign-key': [{ signer: signerOf() }] });
const inline = (pem: string) =>
  PROVIDER.replace(
    /type: azurekeyvault[\s\S]*$/u,
    `type: inline\n  parameters:\n    contentType: key\n    value: |\n${pem.replaceAll(/^(?=.)/gmu, '      ')}`,
  );
const FILE = JSON.stringify({
  verifier: {
    plugins: [
      {
        name: 'cosign',
        trustPolicies: [{ name: 'default', scopes: ['*'], keys: [{ provider: 'x' }] }],
      },
    ],
  },
});
const SEEDS = [
  [PROVIDER, verifier(POLICY)].join('---\n'),
  [inline(signerOf().pem), verifier(`${POLICY}\n  tLogVerify: false`)].join('---\n'),
  `${KEY_SET}  expiredKeys: Deny\n  staleAfter: 1h\n`,
  FILE,
  `apiVersion: v1\nkind: List\nitems: [{kind: KeySet, apiVersion: keyward.dev/v1alpha1, metadata: {name: x}, spec: {keys: ["azurekms://contoso.vault.azure.net/cosign-key"], images: ["contoso.azurecr.io/*"]}}]\n`,
].map((text) => Buffer.from(text));

const WORDS = [
  '*',
  '"*"',
  '[]',
  '{}',
  'null',
  'true',
  '~',
  '&a ',
  '*a',
  '!!binary ',
  '---\n',
  '\n',
  ': ',
  '- ',
  '#',
  '|',
  '>',
  "'",
  '"',
  '0x',
  '1e9',
  'keyless: {}',
  'tLogVerify: true',
  '__proto__: ',
  '\0',
  '\u2028',
  '\ud800',
  'contoso.azurecr.io/*',
  'inline',
  'cosign',
  'images: ["*"]',
].map((word) => Buffer.from(word));

/** A good file with pieces taken out, exchanged for words that mean something here, or with bytes of any kind; or two of them. */
const mutated = fc
  .record({
    seed: fc.constantFrom(...SEEDS),
    other: fc.constantFrom(Buffer.alloc(0), Buffer.alloc(0), ...SEEDS),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        drop: fc.oneof(fc.nat(3), fc.nat(60)),
        put: fc.oneof(fc.constantFrom(...WORDS), fc.uint8Array({ maxLength: 4 })),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ seed, other, edits }) => {
    let bytes: Uint8Array = Buffer.concat([seed, Buffer.from('---\n'), other]);
    for (const { at, drop, put } of edits) {
      const index = Math.floor(at * bytes.length);
      bytes = Buffer.concat([bytes.subarray(0, index), put, bytes.subarray(index + drop)]);
    }
    return bytes;
  });
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(text)),
);

async function verdictWith(bytes: Uint8Array, candidates = [legacy({ signer: stranger })]) {
  const config = parseConfig([{ path: 'policy.yaml', bytes }]);
  const trust = await readGivenTrust({
    keys: [],
    config,
    hash: 'auto',
    annotations: new Map(),
    tlog: 'ignore',
    now: NOW,
    openVaults: vault,
  });
  const policies = trust.policiesFor(REPOSITORY, DIGEST);
  const question = {
    image: REPOSITORY,
    evidence: evidenceOf(candidates),
    policies,
    trust: trust.trust,
    now: NOW,
  };
  return judgeWithUnread({ ...question, memo: createVerificationMemo() }, trust.unread);
}

jest.setTimeout(60_000);

describe('whatever the bytes of a configuration', () => {
  it('a signature by a stranger is refused with a reason, or the file with file, line, column and field', async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 5, arbitrary: mutated }, noise), async (bytes) => {
        try {
          const finding = await verdictWith(bytes);
          kinds.add(finding.kind);
          expect(finding.kind).not.toBe('allow');
          if (finding.kind === 'allow') return;
          expect(finding.code).toMatch(/^[A-Z_]+$/u);
          expect(finding.message).not.toMatch(/[\n\r]/u);
        } catch (error) {
          if (!(error instanceof UsageProblem)) throw error;
          kinds.add('problem');
          const [head, ...lines] = error.message.split('\n');
          if (head?.startsWith('the files hold policies of several namespaces') === true) return;
          expect(head).toBe('the files given cannot be used:');
          for (const line of lines)
            expect(line).toMatch(/^ {2}(?:policy\.yaml:[1-9]\d*:[1-9]\d*: \S|… and \d+ more$)/u);
        }
      }),
      runs(1500),
    );
    // The search got somewhere: not every file fell at the first parser.
    expect([...kinds].toSorted()).toEqual(['deny', 'problem']);
  });

  it('the files that it starts from are sound: the key that they name vouches', async () => {
    const kinds = await Promise.all(
      SEEDS.map(async (seed) => (await verdictWith(seed, [legacy()])).kind),
    );
    // The first lists a version that the vault has not, the fourth a provider that is not there.
    expect(kinds).toEqual(['deny', 'allow', 'allow', 'deny', 'allow']);
  });
});
