import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KEY_ALGORITHMS } from '../../core/keys/key-version.ts';
import { OTHER_DIGEST, simpleSigning, statementOf } from '../support/signatures.ts';
import { signerOf } from '../support/signing.ts';
import {
  startVerifyWorld,
  type Pushed,
  type Report,
  type Signature,
  type VerifyWorld,
} from './verify-setup.ts';

jest.setTimeout(120_000);

const KEYWARD = join(import.meta.dirname, '..', '..', 'bin', 'keyward');
let world: VerifyWorld;
let key: string;
let good: Pushed;
let unsigned: Pushed;
beforeAll(async () => {
  world = await startVerifyWorld();
  key = await world.write('cosign.pub', signerOf().pem);
  good = pushed('good', { format: 'legacy' });
  unsigned = pushed('unsigned');
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** A new image with these signatures. */
function pushed(name: string, ...signatures: readonly Signature[]): Pushed {
  const image = world.push(name);
  for (const signature of signatures) world.sign(image, signature);
  return image;
}

/** The discard port: nobody has served it for a long time. */
const NOWHERE = '127.0.0.1:9/team/app:v1';
// oxlint-disable-next-line no-control-regex -- what no terminal may be sent
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

describe('an image signed by the key', () => {
  it.each(KEY_ALGORITHMS)('is allowed, in either format: %s', async (algorithm) => {
    const signer = signerOf(algorithm, 'of verify');
    const file = await world.write(`${algorithm}.pub`, signer.pem);
    const name = algorithm.toLowerCase();
    const images = [
      pushed(`${name}-legacy`, { format: 'legacy', signer }),
      pushed(`${name}-bundle`, { format: 'bundle', signer }),
      pushed(`${name}-raw`, { format: 'legacy', signer, form: 'raw' }),
    ];
    const args = images.map(({ tagged }) => tagged);
    const { code, reports, stderr } = await world.verify(['--key', file, ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(reports).toEqual(
      images.map(({ tagged, digest }) =>
        expect.objectContaining({
          image: tagged,
          digest,
          verdict: 'allow',
          reason: null,
          message: `signed by ${file}`,
          vouchedBy: { fingerprint: signer.fingerprint, name: file },
        }),
      ),
    );
  });

  it('is told in three lines at most, then its signatures', async () => {
    const { code, stdout } = await world.run(['verify', '--key', key, good.tagged]);
    expect(code).toBe(0);
    const [what, why, found] = stdout.split('\n');
    expect(what).toBe(`ALLOW  ${good.tagged}@${good.digest}`);
    expect(why).toBe(`  Why: signed by ${key}`);
    expect(found).toBe('  Signatures found: 1');
  });

  it.each<[string, (image: Pushed) => string]>([
    ['tag', ({ tagged }) => tagged],
    ['digest', ({ pinned }) => pinned],
    ['tag and digest', ({ tagged, digest }) => `${tagged}@${digest}`],
    ['a tag that is not there, and digest', ({ pinned }) => pinned.replace('@', ':none@')],
  ])('may be named by %s', async (_, nameOf) => {
    const { code, reports } = await world.verify(['--key', key, nameOf(good)]);
    expect({ code, digest: reports[0]?.digest }).toEqual({ code: 0, digest: good.digest });
  });

  it('may have been signed by others too', async () => {
    const stranger = signerOf('P-256', 'stranger');
    const image = pushed(
      'several',
      { format: 'legacy', signer: stranger },
      { format: 'bundle', text: 'not a bundle' },
      { format: 'legacy' },
    );
    const { code, reports } = await world.verify(['--key', key, image.tagged]);
    expect(code).toBe(0);
    expect(reports[0]?.candidates.map((each) => each.code).toSorted()).toEqual([
      'JSON_MALFORMED',
      'SIGNATURE_INVALID',
      null,
    ]);
  });
});

/** What is signed, what is asked for, and why it is denied. */
const DENIALS: readonly (readonly [
  name: string,
  code: string,
  signatures: readonly Signature[],
  args?: readonly string[],
])[] = [
  ['nobody signed', 'NO_SIGNATURE', []],
  [
    'another key signed',
    'SIGNATURE_INVALID',
    [{ format: 'legacy', signer: signerOf('P-256', 'x') }],
  ],
  [
    'a key of another kind signed',
    'SIGNATURE_ENCODING',
    [{ format: 'bundle', signer: signerOf('RSA-2048', 'x') }],
  ],
  [
    'carries the signature of another image',
    'CLAIM_DIGEST_MISMATCH',
    [{ format: 'legacy', payload: simpleSigning(OTHER_DIGEST) }],
  ],
  [
    'carries the bundle of another image',
    'SUBJECT_MISMATCH',
    [{ format: 'bundle', statement: statementOf(OTHER_DIGEST) }],
  ],
  [
    'carries an attestation',
    'PREDICATE_TYPE',
    [{ format: 'bundle', statement: { ...statementOf(), predicateType: 'https://slsa.dev/v1' } }],
  ],
  [
    'was signed keyless',
    'BUNDLE_KEY_MATERIAL',
    [{ format: 'bundle', material: { publicKey: undefined, certificate: { rawBytes: 'MIIB' } } }],
  ],
  ['carries something else', 'JSON_MALFORMED', [{ format: 'bundle', text: '{' }]],
  ['carries half a signature', 'BASE64_INVALID', [{ format: 'legacy', signature: 'MEUCIQ' }]],
  ['lacks an annotation', 'ANNOTATION_MISMATCH', [{ format: 'legacy' }], ['-a', 'env=prod']],
  ['would need the log', 'TLOG_UNSUPPORTED', [{ format: 'legacy' }], ['--tlog', 'require']],
];

/** The reports of these images, and the text of each, from one call each. */
async function verifyBoth(args: readonly string[], images: readonly string[]) {
  const { code, reports, stderr } = await world.verify(['--key', key, ...args, '--', ...images]);
  expect(stderr).toBe('');
  const text = await world.run(['verify', '--key', key, ...args, '--', ...images]);
  expect(text.code).toBe(code);
  return { code, reports, texts: text.stdout.split('\n\n') };
}

describe('an image is denied that', () => {
  const found = new Map<string, { image: Pushed; report: Report | undefined; text: string }>();
  beforeAll(async () => {
    for (const args of new Set(DENIALS.map((row) => row[3]))) {
      const rows = DENIALS.filter((row) => row[3] === args);
      const images = rows.map(([name, , signatures]) =>
        pushed(name.replaceAll(/[^a-z]+/gu, '-'), ...signatures),
      );
      const tagged = images.map((image) => image.tagged);
      const { reports, texts } = await verifyBoth(args ?? [], tagged);
      for (const [index, image] of images.entries())
        found.set(rows[index]?.[0] ?? '', {
          image,
          report: reports[index],
          text: texts[index] ?? '',
        });
    }
  });

  it.each(DENIALS)('%s: %s', (name, code, signatures) => {
    const { image, report, text } = found.get(name)!;
    expect(report).toMatchObject({
      image: image.tagged,
      digest: image.digest,
      verdict: 'deny',
      reason: code,
      vouchedBy: null,
    });
    expect(report?.candidates).toHaveLength(signatures.length);
    expect(`${report?.message}${report?.remedy}`).not.toMatch(/\n|undefined|\[object/u);
    const [what, why, toDo] = text.split('\n');
    expect(what).toBe(`DENY  ${image.tagged}@${image.digest}`);
    expect(why).toMatch(new RegExp(`^  Why: ${code}: \\S.+`, 'u'));
    expect(toDo).toMatch(/^ {2}To do: \S.+/u);
  });

  it('a registry has not, by tag or by digest', async () => {
    const args = [
      `${world.registry.host}/good:none`,
      `${world.registry.host}/none@${OTHER_DIGEST}`,
    ];
    const { code, reports } = await world.verify(['--key', key, ...args]);
    expect({ code, reasons: reports.map(({ reason }) => reason) }).toEqual({
      code: 1,
      reasons: ['NO_SIGNATURE', 'NO_SIGNATURE'],
    });
    expect(reports[0]).toMatchObject({
      message: expect.stringContaining('good:none is not in the registry'),
      remedy: expect.stringContaining('check the name'),
    });
  });

  it('is the child of a signed index, and says how a child is signed', async () => {
    const child = pushed('multi');
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [
          {
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
            digest: child.digest,
            size: world.registry.readManifest('multi', child.digest)?.bytes.length,
            platform: { architecture: 'amd64', os: 'linux' },
          },
        ],
      }),
    );
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const digest = world.registry.pushManifest('multi', 'v2', { bytes: index, mediaType });
    const tagged = `${world.registry.host}/multi:v2`;
    world.sign({ ...child, digest }, { format: 'bundle' });
    const { code, reports } = await world.verify(['--key', key, tagged, child.pinned]);
    expect(code).toBe(1);
    expect(reports.map(({ verdict }) => verdict)).toEqual(['allow', 'deny']);
    expect(reports[0]?.digest).toBe(digest);
    expect(reports[1]?.remedy).toContain('--recursive');
  });
});

const NO_REFERENCES: readonly (readonly [name: string, image: string, code: string])[] = [
  ['upper case', 'Contoso.azurecr.io/app:v1', 'REF_INVALID'],
  ['upper case in the name', 'contoso.azurecr.io/App:v1', 'REF_INVALID'],
  ['nothing', '', 'REF_INVALID'],
  ['an option', '--key', 'REF_INVALID'],
  ['a scheme', 'https://contoso.azurecr.io/app:v1', 'REF_INVALID'],
  ['half a digest', 'contoso.azurecr.io/app@sha256:abc', 'REF_INVALID'],
  ['control characters', 'app\u001B[2Jv1\nALLOW', 'REF_INVALID'],
  ['much too much', 'a/'.repeat(5000), 'REF_INVALID'],
  ['SHA-512', `contoso.azurecr.io/app@sha512:${'a'.repeat(128)}`, 'DIGEST_UNSUPPORTED'],
];

describe('a reference that is none is denied, as a pod with it is', () => {
  let found: Awaited<ReturnType<typeof verifyBoth>>;
  beforeAll(async () => {
    const images = NO_REFERENCES.map(([, image]) => image);
    found = await verifyBoth([], images);
  });

  it.each(NO_REFERENCES.map((row, index) => [...row, index] as const))(
    '%s',
    (_, image, code, index) => {
      const { code: exit, reports, texts } = found;
      expect(exit).toBe(1);
      expect(reports[index]).toMatchObject({
        image,
        digest: null,
        verdict: 'deny',
        reason: code,
        candidates: [],
      });
      expect(texts[index]).toMatch(
        new RegExp(`^DENY  .*\\n  Why: ${code}: .+\\n  To do: .+\\n?$`, 'u'),
      );
      expect(texts[index]).not.toMatch(UNSAFE);
    },
  );
});

describe('what could not be found out', () => {
  it('is unavailable where nobody answers, and says what to check', async () => {
    const { code, reports } = await world.verify(['--key', key, NOWHERE]);
    expect(code).toBe(3);
    expect(reports).toEqual([
      expect.objectContaining({
        digest: null,
        verdict: 'unavailable',
        reason: 'REGISTRY_UNREACHABLE',
        remedy: expect.stringContaining('check the name'),
      }),
    ]);
  });

  it.each<[string, number, string]>([
    ['blob', 503, 'REGISTRY_UNREACHABLE'],
    ['referrers', 429, 'REGISTRY_THROTTLED'],
    ['manifest', 401, 'REGISTRY_AUTH'],
  ])('is unavailable, not denied, where %s answers %i', async (on, status, reason) => {
    // The one store that can be read holds nothing that counts.
    const image = pushed(`fault-${on}`, { format: 'legacy', signer: signerOf('P-256', 'x') });
    world.registry.faults.set({ kind: 'status', status }, { on: on as 'blob', path: image.name });
    const { code, reports } = await world.verify(['--key', key, image.pinned]);
    world.registry.faults.clear();
    expect(code).toBe(3);
    expect(reports).toEqual([expect.objectContaining({ verdict: 'unavailable', reason })]);
  });

  it('is told as such beside what was found', async () => {
    const image = pushed('half-read', { format: 'legacy', signer: signerOf('P-256', 'x') });
    world.registry.faults.set({ kind: 'status', status: 503 }, { on: 'referrers' });
    const { stdout } = await world.run(['verify', '--key', key, image.tagged]);
    world.registry.faults.clear();
    expect(stdout).toContain('\n  Signatures found: 1\n');
    expect(stdout).toMatch(
      /\n {2}Could not be read: the referrers: REGISTRY_UNREACHABLE: .+503\n$/u,
    );
  });

  it('is unavailable where the registry hangs', async () => {
    const image = pushed('hanging');
    world.registry.faults.set({ kind: 'hang' }, { path: image.name });
    const { code, reports } = await world.verify(['--key', key, image.tagged]);
    world.registry.faults.clear();
    expect(code).toBe(3);
    expect(reports[0]).toMatchObject({ verdict: 'unavailable', reason: 'REGISTRY_TIMEOUT' });
  });
});

describe('several images', () => {
  it.each<[string, number, () => readonly string[]]>([
    ['all allowed', 0, () => [good.tagged, good.pinned]],
    ['one denied', 1, () => [good.tagged, unsigned.tagged]],
    ['one denied, one unavailable', 1, () => [NOWHERE, unsigned.tagged]],
    ['one unavailable', 3, () => [good.tagged, NOWHERE]],
  ])('end with the worst of them: %s is %i', async (_, exit, images) => {
    const { code, reports } = await world.verify(['--key', key, ...images()]);
    expect(code).toBe(exit);
    expect(reports.map(({ image }) => image)).toEqual(images());
  });

  it('fifty of them, some twice, come in the order given, each looked up once', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `many-${index}`);
    const images = names.map((name, index) =>
      index % 5 === 0 ? pushed(name) : pushed(name, { format: 'bundle' }),
    );
    const twice = [...images, ...images.toReversed()].map(({ tagged }) => tagged);
    world.registry.resetRequests();
    const { code, reports } = await world.verify(['--key', key, ...twice]);
    expect(code).toBe(1);
    expect(reports.map(({ image }) => image)).toEqual(twice);
    const verdicts = images.map((_, index) => (index % 5 === 0 ? 'deny' : 'allow'));
    expect(reports.map(({ verdict }) => verdict)).toEqual([...verdicts, ...verdicts.toReversed()]);
    const tags = world.registry.requests().list.filter(({ path }) => path.endsWith('/v1'));
    expect(tags).toHaveLength(images.length);
  });
});

describe('a reader that has seen enough', () => {
  it('ends it without a word, and not as a success', async () => {
    const images = Array.from({ length: 2000 }, (_, index) => `No/Image-${index}`);
    const args = ['verify', '--key', key, ...images];
    const child = spawn(KEYWARD, args, { env: { PATH: process.env['PATH'] ?? '' }, stdio: 'pipe' });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'close')) as [number | null];
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });
});

describe("cosign's own RSA keys, which hash with SHA-256", () => {
  it.each(['RSA-3072', 'RSA-4096'] as const)(
    'count with --hash sha256 only: %s',
    async (algorithm) => {
      const signer = signerOf(algorithm, 'of verify');
      const file = await world.write(`local-${algorithm}.pub`, signer.pem);
      const image = pushed(`local-${algorithm.toLowerCase()}`, {
        format: 'legacy',
        signer,
        hash: 'sha256',
        form: 'raw',
      });
      const told = await world.verify(['--key', file, image.tagged]);
      expect(told.code).toBe(1);
      expect(told.reports[0]).toMatchObject({
        reason: 'SIGNATURE_INVALID',
        message: `it is signed by ${file}, but not with the hash expected of such a key: sha256 would fit`,
        remedy: expect.stringContaining('--hash sha256'),
      });
      const tried = told.reports[0]?.candidates[0]?.keysTried;
      expect(tried).toMatchObject([{ from: file, made: false, otherHash: 'sha256' }]);
      const { code, reports } = await world.verify([
        '--key',
        file,
        '--hash',
        'sha256',
        image.tagged,
      ]);
      expect(code).toBe(0);
      expect(reports[0]?.vouchedBy?.fingerprint).toBe(signer.fingerprint);
      const asInVault = pushed(`vault-${algorithm.toLowerCase()}`, { format: 'legacy', signer });
      const other = await world.verify(['--key', file, '--hash', 'sha256', asInVault.tagged]);
      expect(other.reports[0]).toMatchObject({
        verdict: 'deny',
        remedy: expect.stringContaining('--hash auto'),
      });
    },
  );
});

describe('annotations', () => {
  it('count where they are signed, all of them on one signature', async () => {
    const payload = (digest: string, optional: object) => simpleSigning(digest, {}, { optional });
    const image = world.push('annotated');
    const { digest, tagged } = image;
    world.sign(image, { format: 'legacy', payload: payload(digest, { env: 'prod', build: '7' }) });
    world.sign(image, {
      format: 'legacy',
      payload: payload(digest, { env: 'test', team: 'red' }),
      // On the layer, where anybody may write: no claim.
      annotations: { build: '8' },
    });
    const ask = async (...wanted: readonly string[]) => {
      const flags = wanted.flatMap((each) => ['-a', each]);
      return (await world.verify(['--key', key, ...flags, tagged])).code;
    };
    expect(await ask('env=prod')).toBe(0);
    expect(await ask('env=prod', 'build=7')).toBe(0);
    expect(await ask('team=red', 'env=test')).toBe(0);
    expect(await ask('env=prod', 'team=red')).toBe(1);
    expect(await ask('build=8')).toBe(1);
    expect(await ask('env=')).toBe(1);
    expect(await ask('env')).toBe(2);
    expect(await ask('env=prod', 'env=test')).toBe(2);
  });
});

describe('text from a registry', () => {
  const EVIL = '\u001B[2J\u001B]0;title\u0007\r\nALLOW\u009B1m\u202E\u2028';

  it('reaches no terminal as it is', async () => {
    const image = world.push('evil');
    const { digest, tagged } = image;
    const identity = { 'docker-reference': EVIL };
    const optional = { [EVIL]: EVIL };
    world.sign(image, {
      format: 'legacy',
      payload: simpleSigning(digest, { identity }, { optional }),
    });
    world.sign(image, { format: 'legacy', payload: simpleSigning(digest, { [EVIL]: EVIL }) });
    world.sign(image, { format: 'bundle', members: { [EVIL]: EVIL } });
    world.sign(image, { format: 'bundle', envelope: { payloadType: EVIL } });
    world.sign(image, {
      format: 'bundle',
      statement: { ...statementOf(digest), predicateType: EVIL },
    });
    for (const output of ['text', 'json']) {
      const args = ['verify', '-o', output, '-a', `${EVIL}=x`, '--key', key, tagged];
      const { code, stdout, stderr } = await world.run(args);
      expect(code).toBe(1);
      expect(stdout + stderr).not.toMatch(UNSAFE);
      expect(stdout).not.toMatch(/^ALLOW/mu);
    }
    const { reports } = await world.verify(['--key', key, tagged]);
    expect(reports[0]?.candidates).toHaveLength(5);
  });
});
