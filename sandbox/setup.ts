import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Kube } from '../platform/kube/kube.ts';
import { RESOURCES } from '../platform/kube/resources.ts';
import { NAMES } from './story/names.ts';

const MANIFESTS = join(import.meta.dirname, '..', 'manifests');

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  webhooks?: { clientConfig: { url?: string; caBundle?: string; service?: { path?: string } } }[];
  [field: string]: unknown;
}

async function readManifests(path: string): Promise<Manifest[]> {
  return parseAllDocuments(await readFile(path, 'utf8'))
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

async function readFolder(name: string): Promise<Manifest[]> {
  const files = (await readdir(join(MANIFESTS, name))).filter((file) => file.endsWith('.yaml'));
  return (
    await Promise.all(files.map((file) => readManifests(join(MANIFESTS, name, file))))
  ).flat();
}

const PLURALS: Readonly<Record<string, string>> = {
  CustomResourceDefinition: 'customresourcedefinitions',
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
};

function collectionPath({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const plural = PLURALS[kind];
  if (plural === undefined) throw new Error(`the sandbox does not know where ${kind} goes`);
  return `${root}${place}/${plural}`;
}

async function createObject(kube: Kube, manifest: Manifest): Promise<void> {
  const answer = await kube.raw('POST', collectionPath(manifest), manifest);
  if (answer.status === 409) return;
  if (answer.status >= 300) {
    throw new Error(
      `${manifest.kind}/${manifest.metadata.name} was refused (${answer.status}): ${answer.body.slice(0, 500)}`,
    );
  }
}

/** The API server accepts objects of a new kind a moment after its definition. */
async function awaitKinds(kube: Kube, definitions: readonly Manifest[]): Promise<void> {
  const deadline = performance.now() + 15_000;
  for (const { metadata } of definitions) {
    for (;;) {
      const answer = await kube.raw(
        'GET',
        `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`,
      );
      if (/"type":\s*"Established",\s*"status":\s*"True"/u.test(answer.body)) break;
      if (performance.now() > deadline) throw new Error(`${metadata.name} is not established`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** Everything an installation puts into the cluster before its programs start. */
export async function installKeyward(kube: Kube): Promise<void> {
  const definitions = [...(await readFolder('crds')), ...(await readFolder('ratify-crds'))];
  await Promise.all(definitions.map((definition) => createObject(kube, definition)));
  for (const name of ['default', NAMES.system]) {
    await createObject(kube, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const object of await readFolder('rbac')) await createObject(kube, object);
  await awaitKinds(kube, definitions);
  await kube.patch(
    RESOURCES.namespaces,
    { name: NAMES.namespace },
    { type: 'merge', body: { metadata: { labels: { 'keyward.dev/enforce': 'deny' } } } },
  );
}

/**
 * The webhook configurations, as the manifests have them but for the address: the balancer's in place of the Service's. Created last, as
 * in an installation: from here on admission asks keyward.
 */
export async function installWebhooks(
  kube: Kube,
  { port, caPem }: { port: number; caPem: string },
): Promise<void> {
  for (const configuration of await readManifests(join(MANIFESTS, 'webhooks.yaml'))) {
    for (const { clientConfig } of configuration.webhooks ?? []) {
      clientConfig.url = `https://127.0.0.1:${port}${clientConfig.service?.path ?? ''}`;
      clientConfig.caBundle = Buffer.from(caPem).toString('base64');
      delete clientConfig.service;
    }
    await createObject(kube, configuration);
  }
}

/** The walkthrough's YAML with this sandbox's registry and key version filled in. */
export async function renderWalkthrough(values: {
  readonly registry: string;
  readonly keyVersion: string;
}): Promise<string> {
  const template = await readFile(
    join(MANIFESTS, 'walkthrough', 'verification_config.yaml'),
    'utf8',
  );
  return template
    .replaceAll('${REGISTRY}', values.registry)
    .replaceAll('${KEY_VERSION}', values.keyVersion);
}
