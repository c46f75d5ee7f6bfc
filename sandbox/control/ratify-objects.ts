import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { Kube } from '../../platform/kube/kube.ts';
import { RESOURCES, type Resource } from '../../platform/kube/resources.ts';
import { untilTrue } from '../cluster/until-true.ts';
import { SandboxProblem } from '../processes/folder.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', 'manifests');

const POLICIES: Resource = {
  group: 'config.ratify.deislabs.io',
  version: 'v1beta1',
  plural: 'policies',
  kind: 'Policy',
  namespaced: false,
};

const KINDS: Readonly<Record<string, Resource>> = {
  Store: RESOURCES.stores,
  KeyManagementProvider: RESOURCES.kmps,
  Verifier: RESOURCES.verifiers,
  Policy: POLICIES,
};

const OBJECT = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ parameters: z.looseObject({}).optional() }),
});
type ManifestObject = z.infer<typeof OBJECT>;

/** The policy that Ratify's own chart installs. */
const POLICY: ManifestObject = {
  apiVersion: 'config.ratify.deislabs.io/v1beta1',
  kind: 'Policy',
  metadata: { name: 'ratify-policy' },
  spec: {
    type: 'config-policy',
    parameters: { artifactVerificationPolicies: { default: 'all' } },
  },
};

/**
 * The walkthrough's own YAML and Ratify's usual policy. One thing differs from the walkthrough: `tLogVerify: false`, without
 * which Ratify since v1.3 denies every image that was signed without a transparency log.
 */
export async function readControlObjects(values: {
  readonly registry: string;
  readonly keyVersion: string;
}): Promise<readonly ManifestObject[]> {
  const path = join(MANIFESTS, 'walkthrough', 'verification_config.yaml');
  const text = (await readFile(path, 'utf8'))
    .replaceAll('${REGISTRY}', values.registry)
    .replaceAll('${KEY_VERSION}', values.keyVersion);
  const objects = parseAllDocuments(text).map((document) => OBJECT.parse(document.toJS()));
  return [...objects.map(withoutLog), POLICY];
}

const TRUST_POLICIES = z.array(z.looseObject({}));

function withoutLog(object: ManifestObject): ManifestObject {
  if (object.kind !== 'Verifier') return object;
  const policies = TRUST_POLICIES.parse(object.spec.parameters?.['trustPolicies']);
  const trustPolicies = policies.map((policy) => ({ ...policy, tLogVerify: false }));
  return {
    ...object,
    spec: { ...object.spec, parameters: { ...object.spec.parameters, trustPolicies } },
  };
}

/** Ratify's kinds; resolves once the API server serves them. */
export async function installRatifyKinds(kube: Kube): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions`;
  for (const plural of DEFINITIONS) {
    const text = await readFile(join(MANIFESTS, 'ratify-crds', `${plural}.yaml`), 'utf8');
    const definition: unknown = parseAllDocuments(text)[0]?.toJS();
    const { status, body } = await kube.raw('POST', path, definition);
    if (status !== 201 && status !== 409)
      throw new SandboxProblem(`the API server refused the kind ${plural}: ${body.slice(0, 300)}`);
  }
  const isServed = await untilTrue(
    async () => {
      const answers = await Promise.all(
        DEFINITIONS.map((plural) =>
          kube.raw('GET', `/apis/config.ratify.deislabs.io/v1beta1/${plural}?limit=1`),
        ),
      );
      return answers.every(({ status }) => status === 200);
    },
    { deadlineMs: 30_000 },
  );
  if (!isServed) throw new SandboxProblem('the API server does not serve Ratify’s kinds');
}

/** Its controllers do not start while one is missing. */
const DEFINITIONS = [
  'certificatestores',
  'keymanagementproviders',
  'namespacedkeymanagementproviders',
  'namespacedpolicies',
  'namespacedstores',
  'namespacedverifiers',
  'policies',
  'stores',
  'verifiers',
] as const;

const STATUS = z.looseObject({
  status: z
    .looseObject({ issuccess: z.boolean().optional(), error: z.string().optional() })
    .optional(),
});

/**
 * Creates them and waits until Ratify has written `issuccess: true` into each.
 * @throws SandboxProblem that names the object and Ratify's own error.
 */
export async function applyControlObjects(
  kube: Kube,
  objects: readonly ManifestObject[],
): Promise<void> {
  for (const object of objects) await kube.create(resourceOf(object), object);
  for (const object of objects) {
    const { name } = object.metadata;
    let error = 'no status';
    const isGood = await untilTrue(
      async () => {
        const current = await kube.get<unknown>(resourceOf(object), { name });
        const status = STATUS.safeParse(current).data?.status;
        error = status?.error ?? error;
        return status?.issuccess === true;
      },
      { deadlineMs: 30_000 },
    );
    if (!isGood) throw new SandboxProblem(`Ratify did not accept ${object.kind} ${name}: ${error}`);
  }
}

function resourceOf({ kind }: ManifestObject): Resource {
  const resource = KINDS[kind];
  if (resource === undefined) throw new Error(`the control knows no ${kind}`);
  return resource;
}
