/** What people ask of cosign besides a signature: annotations, indexes, another repository, attestations; and what keyward makes of it. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Candidate } from '../../../core/verdict/evidence.ts';
import { describeWith } from '../peers.ts';
import { decideWith } from '../verdicts.ts';
import {
  COSIGN_VERSIONS,
  createCosignRoom,
  signArguments,
  SIGNATURE_FORMS,
  signEnvironment,
  type CosignRoom,
  type CosignVersion,
  type SignatureForm,
} from './cosign.ts';
import { keywardVerify, verdictsOf } from './keyward-verify.ts';
import { createLocalKey, type LocalKey } from './local-keys.ts';
import {
  createEvidenceReader,
  newRepository,
  pushImage,
  pushIndex,
  startPlace,
  type EvidenceReader,
  type LookUp,
  type SigningPlace,
} from './signing-places.ts';

const contract = describeWith('what cosign signs with options', {
  programs: ['cosign-v2.6.1', 'cosign-v3.1.3', 'ggcr-registry'],
  group: 'all',
});

jest.setTimeout(60_000);

contract('what cosign signs', () => {
  const opened = new AsyncDisposableStack();
  let place: SigningPlace;
  let room: CosignRoom;
  let reader: EvidenceReader;
  let key: LocalKey;
  beforeAll(async () => {
    place = await startPlace('go-containerregistry');
    opened.defer(() => place.close());
    room = createCosignRoom([place.caPem]);
    opened.defer(() => {
      room.close();
    });
    reader = createEvidenceReader([place.caPem]);
    opened.defer(() => reader.close());
    key = await createLocalKey(room, 'P-256');
  }, 30_000);
  afterAll(() => opened.disposeAsync());

  const cases = COSIGN_VERSIONS.flatMap((version) =>
    SIGNATURE_FORMS.map((form) => [version, form] as const),
  );
  interface Signing {
    readonly version: CosignVersion;
    readonly form: SignatureForm;
    readonly options?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  }
  const sign = (image: string, { version, form, options = [], environment = {} }: Signing) =>
    room.succeed(
      version,
      [...signArguments(version, form), ...options, '--key', key.privateFile, image],
      { ...signEnvironment(form), ...environment },
    );
  const find = (image: LookUp) => reader.read(place.store.host, image);
  const judge = async (image: LookUp) => {
    const verdict = decideWith(await find(image), [key.publicKeyPem]);
    return verdict.kind === 'allow' ? 'allow' : `${verdict.kind} ${verdict.code}`;
  };

  describe('with annotations', () => {
    const annotations = { env: 'prod', note: 'a<b>&c ü', empty: '' };
    const options = Object.entries(annotations).flatMap(([name, value]) => [
      '-a',
      `${name}=${value}`,
    ]);
    it.each(cases)('%s, %s: has them among its signed claims', async (version, form) => {
      const pushed = await pushImage(place.store);
      await sign(pushed.image, { version, form, options });
      const { candidates } = await find(pushed);
      // v2.6 takes -a for a bundle and drops it: a policy that asks for an annotation must not be met then.
      const isDropped = version === 'v2.6.1' && form === 'bundle';
      expect(candidates.map(annotationsOf)).toEqual([isDropped ? {} : annotations]);
      expect(await judge(pushed)).toBe('allow');
    });
  });

  describe('of an index', () => {
    it.each(cases)('%s, %s: covers the index, and no child', async (version, form) => {
      const { index, children } = await pushIndex(place.store);
      await sign(index.image, { version, form });
      expect(await judge(index)).toBe('allow');
      for (const child of children) expect(await judge(child)).toBe('deny NO_SIGNATURE');
    });

    it.each(cases)('%s, %s, --recursive: covers each by its own digest', async (version, form) => {
      const { index, children } = await pushIndex(place.store);
      await sign(index.image, { version, form, options: ['--recursive'] });
      for (const each of [index, ...children]) {
        const { candidates } = await find(each);
        expect(candidates).toMatchObject([{ kind: 'sound', claims: { digest: each.digest } }]);
        expect(await judge(each)).toBe('allow');
      }
    });

    it.each(cases)('%s, %s: a child says nothing of the index', async (version, form) => {
      const { index, children } = await pushIndex(place.store);
      await sign(children[0]?.image ?? '', { version, form });
      expect(await judge(index)).toBe('deny NO_SIGNATURE');
      expect(await Promise.all(children.map(judge))).toEqual(['allow', 'deny NO_SIGNATURE']);
    });
  });

  describe('with COSIGN_REPOSITORY', () => {
    /** In the other repository, or beside the image as if nothing had been said. */
    const isHeeded = (version: CosignVersion, form: SignatureForm): boolean =>
      form === 'legacy-tag' || (version === 'v3.1.3' && form === 'bundle');
    it.each(cases)('%s, %s: is where cosign put it', async (version, form) => {
      const pushed = await pushImage(place.store);
      const signatureRepository = newRepository();
      const environment = { COSIGN_REPOSITORY: `${place.store.host}/${signatureRepository}` };
      await sign(pushed.image, { version, form, environment });
      const found = [await judge(pushed), await judge({ ...pushed, signatureRepository })];
      const expected = ['deny NO_SIGNATURE', 'allow'];
      expect(found).toEqual(isHeeded(version, form) ? expected : expected.toReversed());
    });

    it('is found by keyward verify --signature-repository, and there alone', async () => {
      const signatures = `${place.store.host}/${newRepository()}`;
      const environment = { COSIGN_REPOSITORY: signatures };
      const images: string[] = [];
      for (const [version, form] of cases.filter((one) => isHeeded(...one))) {
        const { image } = await pushImage(place.store);
        await sign(image, { version, form, environment, options: ['-a', 'env=prod'] });
        images.push(image);
      }
      const verify = (...options: readonly string[]) =>
        keywardVerify([...images, '--key', key.publicFile, ...options], {
          NODE_EXTRA_CA_CERTS: join(room.folder, 'ca.pem'),
          HOME: room.folder,
        }).then(verdictsOf);
      const there = ['--signature-repository', signatures];
      expect(await verify(...there, '-a', 'env=prod')).toEqual(images.map(() => 'allow'));
      expect(await verify(...there, '-a', 'env=test')).toEqual(
        images.map(() => 'deny ANNOTATION_MISMATCH'),
      );
      expect(await verify()).toEqual(images.map(() => 'deny NO_SIGNATURE'));
    });
  });

  describe('as an attestation', () => {
    const attest = (version: CosignVersion, form: SignatureForm, image: string, type: string) => {
      const [, ...rest] = signArguments(version, form);
      const given = ['--predicate', 'predicate.json', '--type', type, '--key', key.privateFile];
      return room.succeed(version, ['attest', ...rest, ...given, image]);
    };
    const forms = ['legacy-tag', 'bundle'] as const;
    const types = ['custom', 'slsaprovenance1', 'https://sigstore.dev/cosign/sign/v1'];
    const attestations = COSIGN_VERSIONS.flatMap((version) =>
      forms.flatMap((form) => types.map((type) => [version, form, type] as const)),
    );
    it.each(attestations)('%s, %s, --type %s: is no signature', async (version, form, type) => {
      room.write('predicate.json', '{"buildDefinition":{},"runDetails":{}}');
      const pushed = await pushImage(place.store);
      await attest(version, form, pushed.image, type);
      // The tag of legacy attestations is not a place where signatures are: nothing was found there.
      const expected = form === 'bundle' ? 'deny STATEMENT_TYPE' : 'deny NO_SIGNATURE';
      expect(await judge(pushed)).toBe(expected);
      await sign(pushed.image, { version, form });
      expect(await judge(pushed)).toBe('allow');
    });
  });
});

function annotationsOf(candidate: Candidate): unknown {
  return candidate.kind === 'sound' ? Object.fromEntries(candidate.claims.annotations) : candidate;
}
