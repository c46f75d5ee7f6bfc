import { describe, expect, it } from '@jest/globals';
import type { Json } from './client.ts';
import { REVOCATION } from './kubectl-fixtures.ts';
import type { KubectlScene } from './kubectl-scene.ts';
import type { Printed } from './kubectl.ts';
import { readTable, readYaml, withoutIds } from './printed.ts';

const KEY_SET = {
  apiVersion: 'keyward.dev/v1alpha1',
  kind: 'KeySet',
  metadata: { name: 'prod', namespace: 'keyward-system' },
  spec: { keys: ['azurekms://contoso.vault.azure.net/cosign-key'] },
};
const READY = {
  trusted: 3,
  lastChangeTime: '2026-01-01T00:00:00Z',
  effectiveSweepInterval: '5s',
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Reconciled',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
};

export function declareOwnKinds(current: () => KubectlScene): void {
  const apply = (object: Json): Promise<Printed> =>
    current().same('apply -f -', JSON.stringify(object));

  describe("works on keyward's own kinds", () => {
    it('prints key sets with their trust, narrow and wide', async () => {
      expect((await apply(KEY_SET)).code).toBe(0);
      const status = JSON.stringify({ status: READY });
      await current().same(
        `patch keyset prod -n keyward-system --subresource=status --type=merge -p ${status}`,
      );
      expect(await current().sameRead('get keysets -A', readTable)).toMatchObject([
        { NAMESPACE: 'keyward-system', NAME: 'prod', TRUSTED: '3', READY: 'True', AGE: '<age>' },
      ]);
      await current().sameRead('get ks -n keyward-system -o wide', readTable);
      await current().sameRead('get ks -n keyward-system -o yaml', readYaml);
      await current().sameRead('describe ks prod -n keyward-system', withoutIds);
    });

    it('refuses what the schema refuses, in the same words', async () => {
      const metadata = { ...KEY_SET.metadata, name: 'broken' };
      const misspelt = { ...KEY_SET, metadata, spec: { ...KEY_SET.spec, imagez: [] } };
      expect((await apply(misspelt)).text).toContain('unknown field "spec.imagez"');
      const empty = { ...KEY_SET, metadata, spec: { keys: [] } };
      expect((await apply(empty)).text).toContain('spec.keys in body should have at least 1 items');
      const vague = { ...REVOCATION, spec: { ...REVOCATION.spec, key: 'nonsense' } };
      expect((await apply(vague)).text).toContain('spec.key in body should match');
    });

    it('creates a revocation once, prints it, and lifts it', async () => {
      const text = JSON.stringify(REVOCATION);
      expect((await current().same('create -f -', text)).code).toBe(0);
      expect((await current().same('create -f -', text)).text).toContain('AlreadyExists');
      expect(await current().sameRead('get kr', readTable)).toMatchObject([
        { NAME: 'leak', REASON: 'leaked' },
      ]);
      expect((await current().same('delete keyrevocation leak')).code).toBe(0);
    });

    it('applies on the server under a name of its own', async () => {
      await current().same('apply --server-side --force-conflicts -f -', JSON.stringify(KEY_SET));
      const [ours, theirs] = await current().both(
        'get ks prod -n keyward-system -o yaml --show-managed-fields'.split(' '),
      );
      for (const { text } of [ours, theirs]) expect(text).toContain('operation: Apply');
    });

    it('lets nobody in', async () => {
      const [ours, theirs] = await Promise.all(
        current().nobodies.map((one) => one.run(['get', 'keysets'])),
      );
      expect(ours).toEqual(theirs);
      expect(theirs?.text).toContain('keysets.keyward.dev is forbidden: User "nobody" cannot list');
    });
  });
}
