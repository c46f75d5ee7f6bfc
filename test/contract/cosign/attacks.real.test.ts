/** The same offers to the real cosign and to `keyward verify`: where they differ, the row says why, and docs/verified-cosign.md with it. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { startRegistry, type RegistryStandIn } from '../../../sandbox/registry/registry.ts';
import { signerOf } from '../../support/signing.ts';
import { describeWith } from '../peers.ts';
import type { AttackRow } from './attacks/row.ts';
import { ATTACKS } from './attacks/rows.ts';
import { COSIGN_VERSIONS, createCosignRoom, verifyArguments, type CosignRoom } from './cosign.ts';
import { keywardVerify, verdictsOf } from './keyward-verify.ts';

const contract = describeWith('what keyward and cosign make of forged signatures', {
  programs: ['cosign-v2.6.1', 'cosign-v3.1.3'],
  group: 'cosign',
});
jest.setTimeout(60_000);

const rows = Object.values(ATTACKS).flat();

contract('offered to both', () => {
  const opened = new AsyncDisposableStack();
  let registry: RegistryStandIn;
  let room: CosignRoom;
  const images = new Map<AttackRow, string>();
  const verdicts = new Map<AttackRow, string>();
  const imageOf = (each: AttackRow): string => images.get(each) ?? '';
  beforeAll(async () => {
    const certificates = await createCertificateAuthority();
    const names = { commonName: 'registry', ipAddresses: ['127.0.0.1'] };
    registry = await startRegistry({ certificate: await certificates.issue(names) });
    opened.defer(() => registry.close());
    room = createCosignRoom([certificates.caPem]);
    opened.defer(() => {
      room.close();
    });
    for (const each of rows) {
      room.write(`${each.key}.pub`, signerOf(each.key).pem);
      const { repository, digest } = each.serve(registry);
      images.set(each, `${registry.host}/${repository}@${digest}`);
    }
    // One run for all rows that are asked for alike: keyward verify takes many images.
    const environment = { NODE_EXTRA_CA_CERTS: join(room.folder, 'ca.pem'), HOME: room.folder };
    for (const alike of Map.groupBy(rows, (each) =>
      [each.key, ...keywardOptions(each)].join(' '),
    ).values()) {
      const [first] = alike;
      if (first === undefined) continue;
      const key = ['--key', join(room.folder, `${first.key}.pub`)];
      const args = [...alike.map(imageOf), ...key, ...keywardOptions(first)];
      const run = verdictsOf(await keywardVerify(args, environment));
      for (const [at, each] of alike.entries()) verdicts.set(each, run[at] ?? 'no verdict');
    }
  }, 60_000);
  afterAll(() => opened.disposeAsync());

  describe.each(Object.entries(ATTACKS))('%s', (_, some) => {
    it.each(some.map((each) => [each.what, each.ids, each] as const))(
      '%s (%s)',
      async (_what, _ids, each) => {
        const runs = await Promise.all(
          COSIGN_VERSIONS.map(async (version) => {
            const asked = cosignOptions(each);
            const key = ['--key', `${each.key}.pub`];
            const args = [...verifyArguments(each.format), ...asked, ...key, imageOf(each)];
            const { code, text } = await room.run(version, args);
            return [version, code === 0 ? 'accepts' : 'refuses', text] as const;
          }),
        );
        const answers = Object.fromEntries(runs.map(([version, answer]) => [version, answer]));
        const said = runs.map(([version, , text]) => `${version}: ${text}`).join('\n');
        expect({ keyward: verdicts.get(each), cosign: answers, said }).toEqual({
          keyward: each.keyward,
          cosign: each.cosign,
          said,
        });
      },
    );
  });
});

function cosignOptions({ annotation, digestFlag }: AttackRow): readonly string[] {
  return [
    ...(annotation === undefined ? [] : ['-a', annotation]),
    ...(digestFlag === undefined ? [] : ['--signature-digest-algorithm', digestFlag]),
  ];
}

function keywardOptions({ hash, annotation }: AttackRow): readonly string[] {
  const asked = annotation === undefined ? [] : ['--annotation', annotation];
  return ['--hash', hash, ...asked];
}
