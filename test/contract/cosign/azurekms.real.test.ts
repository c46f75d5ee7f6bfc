/**
 * What cosign signs through `azurekms://` with the sandbox's Key Vault (trusted by SSL_CERT_FILE, met under its own name through a
 * proxy), and keyward's command line judges by the versions of the key that the same vault lists.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { KeyAlgorithm } from '../../../core/keys/key-version.ts';
import type { KeySpec } from '../../../sandbox/vault/key-material.ts';
import { describeWith } from '../peers.ts';
import { startAzureSandbox, type AzureSandbox } from '../vault/azure-sandbox.ts';
import {
  COSIGN_VERSIONS,
  createCosignRoom,
  signArguments,
  SIGNATURE_FORMS,
  signEnvironment,
  type CosignRoom,
  type CosignVersion,
} from './cosign.ts';
import { keywardVerify, verdictsOf } from './keyward-verify.ts';
import { pushImage, startPlace, type SigningPlace } from './signing-places.ts';

const contract = describeWith('keyward verify on what cosign signs with a vault', {
  programs: ['cosign-v2.6.1', 'cosign-v3.1.3'],
  group: 'cosign',
});
jest.setTimeout(60_000);

const SPECS: Readonly<Record<KeyAlgorithm, KeySpec>> = {
  'P-256': { kty: 'EC', curve: 'P-256' },
  'P-384': { kty: 'EC', curve: 'P-384' },
  'P-521': { kty: 'EC', curve: 'P-521' },
  'RSA-2048': { kty: 'RSA', size: 2048 },
  'RSA-3072': { kty: 'RSA', size: 3072 },
  'RSA-4096': { kty: 'RSA', size: 4096 },
};
const ALGORITHMS = Object.keys(SPECS) as KeyAlgorithm[];

/** What v3.1.3 says where it cannot sign. */
const CANNOT_SIGN = /unexpected length of digest/iu;
const canSign = (version: CosignVersion, algorithm: KeyAlgorithm): boolean =>
  version === 'v2.6.1' || (algorithm !== 'RSA-3072' && algorithm !== 'RSA-4096');

contract('keyward verify --key azurekms://', () => {
  const opened = new AsyncDisposableStack();
  let azure: AzureSandbox;
  let place: SigningPlace;
  let room: CosignRoom;
  beforeAll(async () => {
    azure = await startAzureSandbox();
    opened.defer(() => azure.close());
    place = await startPlace('the stand-in');
    opened.defer(() => place.close());
    room = createCosignRoom([place.caPem, azure.caPem], azure.environment);
    opened.defer(() => {
      room.close();
    });
  }, 30_000);
  afterAll(async () => {
    const refused = azure.proxy.refused();
    await opened.disposeAsync();
    if (refused.length > 0) throw new Error(`asked outside: ${refused.join(', ')}`);
  });

  const referenceTo = (name: string, version?: string): string =>
    ['azurekms:/', azure.vault.hosts[0], name, ...(version === undefined ? [] : [version])].join(
      '/',
    );
  const judge = async (images: readonly string[], ...keys: readonly string[]) => {
    const options = keys.flatMap((key) => ['--key', key]);
    const run = await keywardVerify([...images, ...options], {
      ...azure.environment,
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: join(room.folder, 'ca.pem'),
      HOME: room.folder,
    });
    return { ...run, verdicts: verdictsOf(run) };
  };

  describe.each(ALGORITHMS)('%s', (algorithm) => {
    const spec = SPECS[algorithm];
    it('allows what both cosigns sign in every form, by the versions that the vault lists', async () => {
      const name = `signer-${algorithm}`;
      const version = azure.vault.createKey({ name, ...spec });
      const images: string[] = [];
      const unsigned: string[] = [];
      for (const cosign of COSIGN_VERSIONS) {
        for (const form of SIGNATURE_FORMS) {
          const { image } = await pushImage(place.store);
          const args = [...signArguments(cosign, form), '--key', referenceTo(name, version), image];
          const { code, text } = await room.run(cosign, args, signEnvironment(form));
          if (canSign(cosign, algorithm)) {
            expect([code, text]).toEqual([0, expect.anything()]);
            images.push(image);
          } else {
            // The day that this fails, cosign can: then it belongs above.
            expect(code).not.toBe(0);
            expect(text).toMatch(CANNOT_SIGN);
            unsigned.push(image);
          }
        }
      }
      const all = (verdict: string) => images.map(() => verdict);
      const own = await judge([...images, ...unsigned], referenceTo(name));
      expect(own.verdicts).toEqual([...all('allow'), ...unsigned.map(() => 'deny NO_SIGNATURE')]);
      expect(own.code).toBe(unsigned.length === 0 ? 0 : 1);
      const versions = own.reports.map(({ vouchedBy }) => vouchedBy?.version);
      expect(versions).toEqual([...images.map(() => version), ...unsigned.map(() => undefined)]);
      azure.vault.createKey({ name: `${name}-other`, ...spec });
      const foreign = await judge(images, referenceTo(`${name}-other`));
      expect([foreign.code, foreign.verdicts]).toEqual([1, all('deny SIGNATURE_INVALID')]);
    });
  });

  // v3's own way to do without a log: services from a file that names none. It verifies what it has signed, by the key's file form.
  const bySigningConfig = [
    ['P-256', undefined],
    ['P-384', undefined],
    ['P-521', undefined],
    ['RSA-2048', /failed to verify signature/u],
    ['RSA-3072', CANNOT_SIGN],
    ['RSA-4096', CANNOT_SIGN],
  ] as const;
  it.each(bySigningConfig)('%s with a signing config of v3.1.3', async (algorithm, failure) => {
    room.write(
      'signing.json',
      '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}',
    );
    const name = `configured-${algorithm}`;
    azure.vault.createKey({ name, ...SPECS[algorithm] });
    const { image } = await pushImage(place.store);
    const services = ['--signing-config', 'signing.json', '--trusted-root', 'root.json'];
    const args = ['sign', '--yes', ...services, '--key', referenceTo(name), image];
    const { code, text } = await room.run('v3.1.3', args);
    const { verdicts } = await judge([image], referenceTo(name));
    if (failure === undefined) expect([code, verdicts, text]).toEqual([0, ['allow'], text]);
    else {
      expect(text).toMatch(failure);
      expect([code, verdicts]).toEqual([1, ['deny NO_SIGNATURE']]);
    }
  });

  it('tells versions of one key apart: rotated, pinned, disabled', async () => {
    const name = 'rotated';
    const first = azure.vault.createKey({ name });
    const { image } = await pushImage(place.store);
    await room.succeed('v2.6.1', [
      ...signArguments('v2.6.1', 'legacy-tag'),
      '--key',
      referenceTo(name),
      image,
    ]);
    const second = azure.vault.createKey({ name });
    expect((await judge([image], referenceTo(name))).verdicts).toEqual(['allow']);
    expect((await judge([image], referenceTo(name, first))).verdicts).toEqual(['allow']);
    expect((await judge([image], referenceTo(name, second))).verdicts).toEqual([
      'deny SIGNATURE_INVALID',
    ]);
    azure.vault.setEnabled(name, first, false);
    const { code, verdicts } = await judge([image], referenceTo(name));
    expect([code, verdicts]).toEqual([1, ['deny KEY_DISABLED']]);
  });
});
