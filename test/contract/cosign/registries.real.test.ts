/** What cosign stores in each kind of registry, where it puts it, and that keyward finds and allows it there. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Store } from '../../../core/verdict/evidence.ts';
import type { SignatureStore } from '../../../sandbox/signer/sign-image.ts';
import { describeWith } from '../peers.ts';
import { decideWith } from '../verdicts.ts';
import {
  COSIGN_VERSIONS,
  createCosignRoom,
  signArguments,
  SIGNATURE_FORMS,
  signEnvironment,
  type CosignRoom,
} from './cosign.ts';
import { createLocalKey, type LocalKey } from './local-keys.ts';
import {
  createEvidenceReader,
  PLACES,
  pushImage,
  startPlace,
  type EvidenceReader,
  type PlaceName,
  type SigningPlace,
} from './signing-places.ts';

const contract = describeWith('what cosign stores in real registries', {
  programs: ['cosign-v2.6.1', 'cosign-v3.1.3', 'registry', 'ggcr-registry'],
  group: 'all',
});

/** Where referrers are: this is what makes these registries differ. */
const REFERRERS: Readonly<Record<PlaceName, Store>> = {
  'the stand-in': 'referrers',
  'the stand-in without referrers API': 'fallback-tag',
  distribution: 'fallback-tag',
  'go-containerregistry': 'referrers',
};

jest.setTimeout(60_000);

contract('cosign signs into', () => {
  const cases = COSIGN_VERSIONS.flatMap((version) =>
    SIGNATURE_FORMS.map((form) => [version, form] as const),
  );
  const opened = new AsyncDisposableStack();
  const places = new Map<PlaceName, SigningPlace>();
  let room: CosignRoom;
  let reader: EvidenceReader;
  /** One for each of the cases, and one that signs nothing. */
  let keys: readonly LocalKey[];
  let stranger: LocalKey;
  beforeAll(async () => {
    for (const name of PLACES) {
      const place = await startPlace(name);
      opened.defer(() => place.close());
      places.set(name, place);
    }
    const caPems = [...places.values()].map(({ caPem }) => caPem);
    room = createCosignRoom(caPems);
    opened.defer(() => {
      room.close();
    });
    reader = createEvidenceReader(caPems);
    opened.defer(() => reader.close());
    const make = (label: string) => createLocalKey(room, 'P-256', label);
    keys = await Promise.all(cases.map((_, at) => make(`own-${at}`)));
    stranger = await make('stranger');
  }, 60_000);
  afterAll(() => opened.disposeAsync());

  describe.each(PLACES)('%s', (name) => {
    const storeHere = (): SignatureStore => {
      const place = places.get(name);
      if (place === undefined) throw new Error(`${name} did not start`);
      return place.store;
    };
    const sign = async (image: string, at: number): Promise<void> => {
      const [signing, key] = [cases[at], keys[at]];
      if (signing === undefined || key === undefined) throw new Error(`no case ${at}`);
      const [version, form] = signing;
      const args = [...signArguments(version, form), '--key', key.privateFile, image];
      await room.succeed(version, args, signEnvironment(form));
    };

    it.each(cases.map(([version, form], at) => [version, form, at] as const))(
      '%s, %s: keyward finds it and allows it by its key',
      async (_, form, at) => {
        const pushed = await pushImage(storeHere());
        await sign(pushed.image, at);
        const evidence = await reader.read(storeHere().host, pushed);
        const store = form === 'legacy-tag' ? 'signature-tag' : REFERRERS[name];
        expect(evidence.candidates).toMatchObject([{ kind: 'sound', store }]);
        expect(decideWith(evidence, [keys[at]?.publicKeyPem ?? ''])).toMatchObject({
          kind: 'allow',
        });
        expect(decideWith(evidence, [stranger.publicKeyPem])).toMatchObject({
          kind: 'deny',
          code: 'SIGNATURE_INVALID',
        });
      },
    );

    it('signatures of both versions in every form stand side by side, each by a key of its own', async () => {
      const pushed = await pushImage(storeHere());
      for (const at of cases.keys()) await sign(pushed.image, at);
      const evidence = await reader.read(storeHere().host, pushed);
      // Nine, not six: with OCI 1.1 cosign puts the signatures of the tag into the referrer again.
      expect(evidence.candidates.map(({ kind }) => kind)).toEqual(Array(9).fill('sound'));
      const verdicts = [...keys, stranger].map(
        ({ publicKeyPem }) => decideWith(evidence, [publicKeyPem]).kind,
      );
      expect(verdicts).toEqual([...keys.map(() => 'allow'), 'deny']);
    });
  });
});
