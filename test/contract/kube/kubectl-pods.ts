import { describe, expect, it } from '@jest/globals';
import type { KubectlScene } from './kubectl-scene.ts';
import { readTable } from './printed.ts';

export function declarePods(current: () => KubectlScene): void {
  describe('runs pods past a webhook', () => {
    it('prints a denial and a warning in the words of the webhook', async () => {
      const { standIn, real, webhook } = current();
      const { url, caBundle } = webhook;
      webhook.answer = (request) =>
        JSON.stringify(request['object']).includes('registry.test/bad')
          ? { allowed: false, status: { code: 403, message: 'NO_SIGNATURE: sign it' } }
          : { allowed: true, warnings: ['would be denied: NO_SIGNATURE'] };
      const rules = [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
      ];
      const entry = {
        name: 'validate.keyward.dev',
        clientConfig: { url: `${url}/validate`, caBundle },
        rules,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        namespaceSelector: { matchLabels: { 'keyward.dev/enforce': 'deny' } },
      };
      await current().same(
        'apply -f -',
        JSON.stringify({
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingWebhookConfiguration',
          metadata: { name: 'keyward' },
          webhooks: [entry],
        }),
      );
      await current().same('create namespace payments');
      await current().same('label namespace payments keyward.dev/enforce=deny');
      // A real server starts to ask a webhook some moments after it was configured.
      for (const side of [standIn, real]) {
        const rehearse = 'run probe -n payments --image=registry.test/bad --dry-run=server';
        const deadline = AbortSignal.timeout(20_000);
        while ((await side.run(rehearse.split(' '))).code === 0) deadline.throwIfAborted();
      }
      const denied = await current().same('run bad -n payments --image=registry.test/bad');
      expect(denied).toEqual({
        code: 1,
        text: 'Error from server: admission webhook "validate.keyward.dev" denied the request: NO_SIGNATURE: sign it\n',
      });
      const warned = await current().same('run app -n payments --image=registry.test/app:v1');
      expect(warned.text).toContain('Warning: would be denied: NO_SIGNATURE');
    });

    it('prints them, reads their images, and deletes them', async () => {
      await current().same('run app --image=registry.test/app:v1');
      for (const line of ['get pods', 'get pods -o wide', 'get pods -A --show-labels']) {
        expect((await current().sameRead(line, readTable))[0]).toMatchObject({ STATUS: 'Pending' });
      }
      const path = '{.spec.containers[*].image}';
      expect((await current().same(`get pod app -o jsonpath=${path}`)).text).toBe(
        'registry.test/app:v1',
      );
      expect((await current().same('delete pod app')).code).toBe(0);
      await current().same('get pods');
      await current().same('get ns payments -o jsonpath={.metadata.labels}');
    });
  });
}
