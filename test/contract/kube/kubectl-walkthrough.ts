import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from './client.ts';
import type { KubectlScene } from './kubectl-scene.ts';
import { readTable, readYaml, withoutIds } from './printed.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
const FIRST = '0ff373a9259c4578a247cfd7861a8805';
const SECOND = '1ff373a9259c4578a247cfd7861a8805';
const KMP = 'keymanagementprovider/keymanagementprovider-akv';

async function readWalkthrough(keyVersion: string): Promise<string> {
  const path = join(MANIFESTS, 'walkthrough', 'verification_config.yaml');
  const text = await readFile(path, 'utf8');
  return text.replaceAll('${REGISTRY}', 'registry.test').replaceAll('${KEY_VERSION}', keyVersion);
}

/** Installing keyward, and what people do with Ratify's objects. */
export function declareWalkthrough(current: () => KubectlScene): void {
  describe('installs keyward', () => {
    it('applies every manifest, and both serve the kinds', async () => {
      await current().same('apply -f -', await readFile(join(MANIFESTS, 'namespace.yaml'), 'utf8'));
      const crds = await current().same(
        `apply -f ${join(MANIFESTS, 'crds')} -f ${join(MANIFESTS, 'ratify-crds')}`,
      );
      expect(crds.code).toBe(0);
      expect(crds.text).toContain('keysets.keyward.dev created');
      const established = await current().same(
        'wait --for=condition=Established crd --all --timeout=15s',
      );
      expect(established.text.match(/condition met/g)?.length).toBeGreaterThan(4);
      expect((await current().same(`apply -f ${join(MANIFESTS, 'rbac')}`)).code).toBe(0);
      for (const group of ['keyward.dev', 'config.ratify.deislabs.io']) {
        const { text } = await current().same(`api-resources --api-group=${group}`);
        expect(readTable(text).length).toBeGreaterThan(1);
      }
    });

    it('explains a field with its type and description', async () => {
      const { code, text } = await current().same('explain keyset.spec.versions.limit');
      expect(code).toBe(0);
      expect(text).toContain('FIELD: limit <integer>');
      await current().same('explain keyrevocation.spec');
    });
  });

  describe('works on the walkthrough', () => {
    it('applies it: created, then unchanged, then configured', async () => {
      const words = async (version: string): Promise<string[]> => {
        const { code, text } = await current().same('apply -f -', await readWalkthrough(version));
        expect(code).toBe(0);
        return text.match(/\S+$/gm) ?? [];
      };
      expect(await words(FIRST)).toEqual(['created', 'created', 'created']);
      expect(await words(FIRST)).toEqual(['unchanged', 'unchanged', 'unchanged']);
      expect(await words(SECOND)).toEqual(['unchanged', 'configured', 'unchanged']);
    });

    it('prints its tables and its YAML', async () => {
      for (const kind of ['stores', 'keymanagementproviders', 'verifiers']) {
        await current().sameRead(`get ${kind}`, readTable);
      }
      const printed = await current().sameRead(`get ${KMP} -o yaml`, readYaml);
      expect(printed).toMatchObject({
        kind: 'KeyManagementProvider',
        metadata: { generation: 2 },
        spec: { parameters: { keys: [{ name: 'cosign-key', version: SECOND }] } },
      });
      await current().same(`get ${KMP} -o jsonpath={.spec.parameters.keys[0].version}`);
      await current().sameRead(`describe ${KMP}`, withoutIds);
    });

    it('annotates it, overwrites only when told to, and takes the annotation away', async () => {
      expect((await current().same(`annotate ${KMP} keyward.dev/manage=patch`)).code).toBe(0);
      expect((await current().same(`annotate ${KMP} keyward.dev/manage=generate`)).code).toBe(1);
      expect(
        (await current().same(`annotate ${KMP} keyward.dev/manage=generate --overwrite`)).code,
      ).toBe(0);
      const { metadata } = (await current().sameRead(`get ${KMP} -o yaml`, readYaml)) as {
        metadata: Json;
      };
      expect(metadata['annotations']).toMatchObject({ 'keyward.dev/manage': 'generate' });
      expect((await current().same(`annotate ${KMP} keyward.dev/manage-`)).code).toBe(0);
    });

    it('follows changes as they happen', async () => {
      const line = `get ${KMP} --watch --output-watch-events`;
      const followed = [current().standIn, current().real].map((side) =>
        side.follow(line.split(' ')),
      );
      const listed = await Promise.all(followed.map((one) => one.lines(2)));
      expect(listed[0]).toEqual(listed[1]);
      await current().same(
        `patch ${KMP} --subresource=status --type=merge -p {"status":{"issuccess":true,"lastfetchedtime":"2026-01-01T00:00:00Z"}}`,
      );
      expect((await current().same(`delete ${KMP}`)).code).toBe(0);
      const [ours, theirs] = await Promise.all(followed.map((one) => one.lines(4)));
      expect(ours).toEqual(theirs);
      expect(theirs?.map((text) => text.split(' ', 1)[0])).toEqual([
        'EVENT',
        'ADDED',
        'MODIFIED',
        'DELETED',
      ]);
      await Promise.all(followed.map((one) => one.stop()));
    });

    it('names what is not there and what no kind is', async () => {
      expect((await current().same(`get ${KMP}`)).text).toContain('Error from server (NotFound)');
      // Ratify gives its kinds no short name.
      expect((await current().same('get kmp')).text).toContain("doesn't have a resource type");
    });
  });
}
