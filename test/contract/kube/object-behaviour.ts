import { describe, expect, it } from '@jest/globals';
import { at, text } from './client.ts';
import { GROUP, pod, widget, WIDGETS } from './fixtures.ts';
import type { Contract } from './suite.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const PODS = '/api/v1/namespaces/default/pods';

export function declareObjects(current: () => Contract): void {
  describe('an object', () => {
    it('gets a uid, a resourceVersion, a time and generation 1', async () => {
      const { client } = current();
      const created = await client.send('POST', WIDGETS, widget('born'));
      expect(created.code).toBe(201);
      expect(created.body['metadata']).toMatchObject({
        name: 'born',
        namespace: 'default',
        generation: 1,
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        resourceVersion: expect.stringMatching(/^\d+$/),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      });
      expect((await client.get(`${WIDGETS}/born`)).body).toEqual(created.body);
    });

    it('gets a name from generateName', async () => {
      const { client } = current();
      const { body } = await client.send(
        'POST',
        WIDGETS,
        widget('', {}, { name: undefined, generateName: 'some-' }),
      );
      expect(at(body, 'metadata.name')).toMatch(/^some-[a-z0-9]{5}$/);
    });

    it('is refused a second time with AlreadyExists', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, widget('twice'));
      const again = await client.send('POST', WIDGETS, widget('twice'));
      expect(again.body).toMatchObject({
        kind: 'Status',
        status: 'Failure',
        reason: 'AlreadyExists',
        code: 409,
        message: `widgets.${GROUP} "twice" already exists`,
        details: { name: 'twice', group: GROUP, kind: 'widgets' },
      });
    });

    it('that is absent is NotFound, and so is a namespace', async () => {
      const { client } = current();
      expect((await client.get(`${WIDGETS}/nobody`)).body).toMatchObject({
        reason: 'NotFound',
        code: 404,
        message: `widgets.${GROUP} "nobody" not found`,
      });
      const nowhere = WIDGETS.replace('default', 'no-such-namespace');
      expect((await client.send('POST', nowhere, widget('lost'))).body).toMatchObject({
        reason: 'NotFound',
        code: 404,
        message: 'namespaces "no-such-namespace" not found',
      });
    });

    it('is refused when kind, name or namespace contradict the URL', async () => {
      const { client } = current();
      const otherKind = await client.send('POST', WIDGETS, { ...widget('wrong'), kind: 'Gadget' });
      expect(otherKind.body).toMatchObject({
        reason: 'Invalid',
        code: 422,
        details: { causes: [{ field: 'kind', reason: 'FieldValueInvalid' }] },
      });
      const otherVersion = { ...widget('wrong'), apiVersion: `${GROUP}/v2` };
      expect((await client.send('POST', WIDGETS, otherVersion)).body).toMatchObject({
        reason: 'BadRequest',
        code: 400,
        message: `the API version in the data (${GROUP}/v2) does not match the expected API version (${GROUP}/v1)`,
      });
      const otherThanPod = await client.send('POST', PODS, { ...pod('wrong'), kind: 'Gadget' });
      expect(otherThanPod.body).toMatchObject({
        reason: 'BadRequest',
        code: 400,
        message: expect.stringContaining('cannot be handled as a Pod'),
      });
      const elsewhere = await client.send(
        'POST',
        WIDGETS,
        widget('wrong', {}, { namespace: 'kube-system' }),
      );
      expect(elsewhere.body).toMatchObject({ reason: 'BadRequest', code: 400 });
    });

    it('is replaced only by who saw its newest version', async () => {
      const { client } = current();
      const first = await client.send('POST', WIDGETS, widget('contested'));
      const second = await client.send('PUT', `${WIDGETS}/contested`, {
        ...first.body,
        spec: { size: 2 },
      });
      expect(second.code).toBe(200);
      expect(Number(text(second.body, 'metadata.resourceVersion'))).toBeGreaterThan(
        Number(text(first.body, 'metadata.resourceVersion')),
      );
      const late = await client.send('PUT', `${WIDGETS}/contested`, {
        ...first.body,
        spec: { size: 3 },
      });
      expect(late.body).toMatchObject({
        reason: 'Conflict',
        code: 409,
        message: expect.stringContaining('the object has been modified'),
      });
    });

    it('of a custom kind or a Lease is not replaced without a resourceVersion', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, widget('careless'));
      const answer = await client.send('PUT', `${WIDGETS}/careless`, widget('careless'));
      expect(answer.body).toMatchObject({
        reason: 'Invalid',
        code: 422,
        message: expect.stringContaining('metadata.resourceVersion'),
      });
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'leader' },
        spec: { holderIdentity: 'a' },
      };
      await client.send('POST', LEASES, lease);
      expect((await client.send('PUT', `${LEASES}/leader`, lease)).code).toBe(422);
    });

    it('keeps its resourceVersion when a write changes nothing', async () => {
      const { client } = current();
      const created = await client.send('POST', WIDGETS, widget('calm'));
      const again = await client.send('PUT', `${WIDGETS}/calm`, created.body);
      expect(text(again.body, 'metadata.resourceVersion')).toBe(
        text(created.body, 'metadata.resourceVersion'),
      );
    });

    it('keeps spec and status apart, and generation follows the spec only', async () => {
      const { client } = current();
      const created = await client.send('POST', WIDGETS, {
        ...widget('parts'),
        status: { seen: 9 },
      });
      expect(created.body['status']).toBeUndefined();
      const status = await client.send('PUT', `${WIDGETS}/parts/status`, {
        ...created.body,
        spec: { size: 50 },
        status: { seen: 1 },
      });
      expect(status.body).toMatchObject({
        spec: { size: 1 },
        status: { seen: 1 },
        metadata: { generation: 1 },
      });
      const spec = await client.send('PUT', `${WIDGETS}/parts`, {
        ...status.body,
        spec: { size: 2 },
        status: { seen: 99 },
      });
      expect(spec.body).toMatchObject({
        spec: { size: 2 },
        status: { seen: 1 },
        metadata: { generation: 2 },
      });
      const labelled = await client.patch('merge', `${WIDGETS}/parts`, {
        metadata: { labels: { a: 'b' } },
      });
      expect(labelled.body).toMatchObject({ metadata: { generation: 2, labels: { a: 'b' } } });
    });

    it('with a finalizer stays until the finalizer is gone', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, widget('held', {}, { finalizers: ['keyward.dev/test'] }));
      const deleted = await client.send('DELETE', `${WIDGETS}/held`);
      expect(deleted.body).toMatchObject({
        kind: 'Widget',
        metadata: { deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 0 },
      });
      expect((await client.get(`${WIDGETS}/held`)).code).toBe(200);
      await client.patch('merge', `${WIDGETS}/held`, { metadata: { finalizers: null } });
      expect((await client.get(`${WIDGETS}/held`)).code).toBe(404);
    });

    it('is deleted only when the preconditions hold', async () => {
      const { client } = current();
      const { body } = await client.send('POST', WIDGETS, widget('guarded'));
      const options = (preconditions: object): object => ({
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions,
      });
      const wrong = await client.send(
        'DELETE',
        `${WIDGETS}/guarded`,
        options({ uid: '00000000-0000-0000-0000-000000000000' }),
      );
      expect(wrong.body).toMatchObject({ reason: 'Conflict', code: 409 });
      const right = await client.send(
        'DELETE',
        `${WIDGETS}/guarded`,
        options({
          uid: at(body, 'metadata.uid'),
          resourceVersion: at(body, 'metadata.resourceVersion'),
        }),
      );
      expect(right.body).toMatchObject({
        kind: 'Status',
        status: 'Success',
        details: { name: 'guarded', kind: 'widgets' },
      });
    });

    it('is not stored by a dry run', async () => {
      const { client } = current();
      expect((await client.send('POST', `${WIDGETS}?dryRun=All`, widget('rehearsed'))).code).toBe(
        201,
      );
      expect((await client.get(`${WIDGETS}/rehearsed`)).code).toBe(404);
    });
  });
}
