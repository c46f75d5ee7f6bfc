import { describe, expect, it } from '@jest/globals';
import { parseStore } from '../../../../platform/kube/schemas.ts';

const metadata = { name: 'store-oras', resourceVersion: '4', generation: 1 };
const store = (parameters: unknown) => ({ metadata, spec: { name: 'oras', parameters } });

describe('a Store', () => {
  it("is read as Ratify's documentation writes it", () => {
    const parameters = { cosignEnabled: true, authProvider: { name: 'azureWorkloadIdentity' } };
    expect(parseStore(store(parameters))).toEqual({
      ok: true,
      value: { ...metadata, plugin: 'oras', cosignEnabled: true, parameters },
    });
  });

  it.each([undefined, null, {}])(
    'does not look for cosign with the parameters %j',
    (parameters) => {
      expect(parseStore(store(parameters))).toMatchObject({
        ok: true,
        value: { cosignEnabled: false, parameters: {} },
      });
    },
  );

  it('of a namespace says so', () => {
    const object = { ...store({}), metadata: { ...metadata, namespace: 'team' } };
    expect(parseStore(object)).toMatchObject({ value: { namespace: 'team' } });
  });

  it.each<[string, unknown, string]>([
    ['a flag as text', store({ cosignEnabled: 'true' }), 'spec.parameters.cosignEnabled'],
    ['a list of parameters', store([]), 'spec.parameters'],
    ['no plugin', { metadata, spec: {} }, 'spec.name'],
    ['no spec', { metadata }, 'spec'],
  ])('is refused with %s', (_what, object, problem) => {
    const parsed = parseStore(object);
    expect(parsed.ok ? [] : parsed.problems).toEqual([expect.stringContaining(problem)]);
  });
});
