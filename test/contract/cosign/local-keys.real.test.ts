/** What cosign signs with key files, in every form, and keyward's command line judges: six kinds of key. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { KEY_ALGORITHMS } from '../../../core/keys/key-version.ts';
import { describeWith } from '../peers.ts';
import {
  COSIGN_VERSIONS,
  createCosignRoom,
  signArguments,
  SIGNATURE_FORMS,
  signEnvironment,
  type CosignRoom,
} from './cosign.ts';
import { keywardVerify, verdictsOf } from './keyward-verify.ts';
import { createLocalKey } from './local-keys.ts';
import { pushImage, startPlace, type SigningPlace } from './signing-places.ts';

const contract = describeWith('keyward verify on what cosign signs with key files', {
  programs: ['cosign-v2.6.1', 'cosign-v3.1.3'],
  group: 'cosign',
});

jest.setTimeout(60_000);

contract('keyward verify', () => {
  const opened = new AsyncDisposableStack();
  let place: SigningPlace;
  let room: CosignRoom;
  beforeAll(async () => {
    place = await startPlace('the stand-in');
    opened.defer(() => place.close());
    room = createCosignRoom([place.caPem]);
    opened.defer(() => {
      room.close();
    });
  }, 30_000);
  afterAll(() => opened.disposeAsync());

  const judge = (images: readonly string[], ...options: readonly string[]) =>
    keywardVerify([...images, ...options], {
      NODE_EXTRA_CA_CERTS: join(room.folder, 'ca.pem'),
      HOME: room.folder,
    });

  it.each(KEY_ALGORITHMS)(
    'allows what both cosigns sign in every form with a key file %s, and denies it with another key',
    async (algorithm) => {
      const [key, other] = [
        await createLocalKey(room, algorithm),
        await createLocalKey(room, algorithm, 'other'),
      ];
      const images: string[] = [];
      for (const version of COSIGN_VERSIONS) {
        for (const form of SIGNATURE_FORMS) {
          const { image } = await pushImage(place.store);
          const args = [...signArguments(version, form), '--key', key.privateFile, image];
          await room.succeed(version, args, signEnvironment(form));
          images.push(image);
        }
      }
      const all = (verdict: string) => images.map(() => verdict);
      const given = ['--key', key.publicFile];
      const own = await judge(images, ...given, '--hash', key.hash);
      expect([own.code, verdictsOf(own)]).toEqual([0, all('allow')]);
      const foreign = await judge(images, '--key', other.publicFile, '--hash', key.hash);
      expect([foreign.code, verdictsOf(foreign)]).toEqual([1, all('deny SIGNATURE_INVALID')]);
      if (key.hash === 'auto') return;
      // The hash of a vault's key of that size is another: nothing is tried silently.
      const asVault = await judge(images, ...given);
      expect([asVault.code, verdictsOf(asVault)]).toEqual([1, all('deny SIGNATURE_INVALID')]);
    },
  );
});
