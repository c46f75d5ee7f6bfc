import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { at, type Answer, type Json } from './client.ts';
import { pod } from './fixtures.ts';
import type { Contract } from './suite.ts';
import { startWebhookFixture, toJsonPatch, type WebhookFixture } from './webhook-fixture.ts';

const GUARDED = 'guarded';
const RELAXED = 'relaxed';
const MISTRUSTFUL = 'mistrustful';
const podsIn = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;
const RULES = [
  {
    apiGroups: [''],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    resources: ['pods', 'pods/ephemeralcontainers'],
  },
];

export function declareAdmission(current: () => Contract): void {
  let fixture: WebhookFixture;
  let count = 0;
  const nextName = (): string => `judged-${String((count += 1))}`;
  const createPod = (namespace: string, query = ''): Promise<Answer> =>
    current().client.send('POST', `${podsIn(namespace)}${query}`, pod(nextName()));

  const entry = (name: string, path: string, more: Json): Json => ({
    name,
    clientConfig: { url: `${fixture.url}${path}`, caBundle: fixture.caBundle },
    rules: RULES,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    timeoutSeconds: 2,
    ...more,
  });
  const selector = (enforce: string): Json => ({ namespaceSelector: { matchLabels: { enforce } } });

  const install = async (): Promise<void> => {
    const { client } = current();
    const base = '/apis/admissionregistration.k8s.io/v1';
    const named = (kind: string, webhooks: Json[]): Json => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: 'contract.keyward.dev' },
      webhooks,
    });
    for (const [name, enforce] of [
      [GUARDED, 'deny'],
      [RELAXED, 'warn'],
      [MISTRUSTFUL, 'other'],
    ]) {
      await client.send('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { enforce } },
      });
    }
    await client.send(
      'POST',
      `${base}/mutatingwebhookconfigurations`,
      named('MutatingWebhookConfiguration', [
        entry('mutate.keyward.dev', '/mutate', selector('deny')),
      ]),
    );
    await client.send(
      'POST',
      `${base}/validatingwebhookconfigurations`,
      named('ValidatingWebhookConfiguration', [
        entry('validate.keyward.dev', '/validate', { ...selector('deny'), failurePolicy: 'Fail' }),
        entry('warn.keyward.dev', '/warn', { ...selector('warn'), failurePolicy: 'Ignore' }),
        entry('other.keyward.dev', '/other', {
          ...selector('other'),
          failurePolicy: 'Fail',
          clientConfig: { url: `${fixture.url}/other`, caBundle: fixture.otherCaBundle },
        }),
      ]),
    );
    // A real server reads webhook configurations from a cache: wait until all three are in use.
    const called = (path: string): boolean => fixture.received.some((one) => one.path === path);
    await client.until(
      () => createPod(GUARDED),
      () => called('/mutate') && called('/validate'),
    );
    await client.until(
      () => createPod(RELAXED),
      () => called('/warn'),
    );
  };

  describe('an admission webhook', () => {
    beforeAll(async () => {
      fixture = await startWebhookFixture();
      await install();
    }, 60_000);
    beforeEach(() => {
      fixture.received.length = 0;
      fixture.answer = () => ({ allowed: true });
    });
    afterAll(async () => {
      const { client } = current();
      for (const kind of ['mutating', 'validating']) {
        await client.send(
          'DELETE',
          `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/contract.keyward.dev`,
        );
      }
      await fixture.close();
    });

    it('is asked with the whole request, first to change it, then to judge it', async () => {
      expect((await createPod(GUARDED, '?fieldManager=me&dryRun=All')).code).toBe(201);
      expect(fixture.received.map(({ path }) => path)).toEqual(['/mutate', '/validate']);
      expect(fixture.received[1]).toMatchObject({
        query: 'timeout=2s',
        request: {
          uid: expect.any(String),
          kind: { group: '', version: 'v1', kind: 'Pod' },
          resource: { group: '', version: 'v1', resource: 'pods' },
          requestKind: { group: '', version: 'v1', kind: 'Pod' },
          namespace: GUARDED,
          operation: 'CREATE',
          dryRun: true,
          oldObject: null,
          object: { kind: 'Pod', metadata: { namespace: GUARDED } },
          userInfo: {
            username: 'admin',
            groups: expect.arrayContaining(['system:masters', 'system:authenticated']),
          },
          options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
        },
      });
    });

    it('changes the object before the other judges it', async () => {
      const image = `registry.test/app@sha256:${'a'.repeat(64)}`;
      fixture.answer = (request) =>
        at(request, 'object.spec.containers.0.image') === 'registry.test/app:v1'
          ? toJsonPatch([{ op: 'replace', path: '/spec/containers/0/image', value: image }])
          : { allowed: true };
      const { body } = await createPod(GUARDED);
      expect(at(body, 'spec.containers.0.image')).toBe(image);
      expect(at(fixture.received[1]?.request, 'object.spec.containers.0.image')).toBe(image);
    });

    it('denies in its own words, with its own code and reason', async () => {
      fixture.answer = () => ({
        allowed: false,
        status: { code: 403, reason: 'Forbidden', message: 'NO_SIGNATURE: sign it' },
      });
      const { body } = await createPod(GUARDED);
      expect(body).toMatchObject({
        kind: 'Status',
        status: 'Failure',
        code: 403,
        reason: 'Forbidden',
        message: 'admission webhook "mutate.keyward.dev" denied the request: NO_SIGNATURE: sign it',
      });
    });

    it('warns', async () => {
      fixture.answer = () => ({ allowed: true, warnings: ['would be denied: "x"'] });
      const answer = await createPod(RELAXED);
      expect(answer.code).toBe(201);
      expect(answer.warnings).toEqual([String.raw`299 - "would be denied: \"x\""`]);
    });

    it.each(['hang', 'break'] as const)(
      'that does %s blocks where failurePolicy is Fail, and nowhere else',
      async (fault) => {
        fixture.answer = fault;
        const blocked = await createPod(GUARDED);
        expect(blocked.body).toMatchObject({
          code: 500,
          reason: 'InternalError',
          message: expect.stringContaining('failed calling webhook "mutate.keyward.dev"'),
        });
        expect((await createPod(RELAXED)).code).toBe(201);
      },
    );

    it('whose certificate its caBundle does not vouch for is not spoken to', async () => {
      const { body } = await createPod(MISTRUSTFUL);
      expect(body).toMatchObject({
        code: 500,
        message: expect.stringContaining('failed calling webhook "other.keyward.dev"'),
      });
      expect(fixture.received).toEqual([]);
    });

    it('is not asked about namespaces that its selector leaves out', async () => {
      expect((await createPod('default')).code).toBe(201);
      expect(fixture.received).toEqual([]);
    });

    it('sees both objects of an update, and the subresource', async () => {
      const { body } = await createPod(RELAXED);
      const path = `${podsIn(RELAXED)}/${String(at(body, 'metadata.name'))}/ephemeralcontainers`;
      fixture.received.length = 0;
      await current().client.patch('strategic', path, {
        spec: { ephemeralContainers: [{ name: 'probe', image: 'registry.test/probe:v1' }] },
      });
      expect(fixture.received).toHaveLength(1);
      expect(fixture.received[0]?.request).toMatchObject({
        operation: 'UPDATE',
        subResource: 'ephemeralcontainers',
        oldObject: { kind: 'Pod' },
        object: { spec: { ephemeralContainers: [{ name: 'probe' }] } },
      });
    });

    it('sees the old object of a delete', async () => {
      const { body } = await createPod(RELAXED);
      fixture.received.length = 0;
      await current().client.send(
        'DELETE',
        `${podsIn(RELAXED)}/${String(at(body, 'metadata.name'))}`,
        { gracePeriodSeconds: 0 },
      );
      expect(fixture.received[0]?.request).toMatchObject({
        operation: 'DELETE',
        object: null,
        oldObject: { kind: 'Pod' },
      });
    });
  });
}
