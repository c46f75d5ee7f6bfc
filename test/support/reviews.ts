/** Admission requests with sane defaults: a test names only what it makes different. */
import type { AdmissionRequest } from '../../webhook/review/admission-review.ts';
import { DIGEST, OTHER_DIGEST, REPOSITORY } from './signatures.ts';

export const IMAGE = `${REPOSITORY}@${DIGEST}`;
export const OTHER_IMAGE = `${REPOSITORY}@${OTHER_DIGEST}`;

type Fields = Readonly<Record<string, unknown>>;

interface WorkloadKind {
  readonly apiVersion: string;
  readonly resource: string;
  /** Where its pod spec stands, as the API documents it and not as the code under test has it. */
  readonly wrap: (podSpec: unknown) => Fields;
}

const inTemplate = (podSpec: unknown): Fields => ({ spec: { template: { spec: podSpec } } });

export const WORKLOADS: Readonly<Record<string, WorkloadKind>> = {
  Pod: { apiVersion: 'v1', resource: 'pods', wrap: (spec) => ({ spec }) },
  PodTemplate: {
    apiVersion: 'v1',
    resource: 'podtemplates',
    wrap: (spec) => ({ template: { spec } }),
  },
  ReplicationController: {
    apiVersion: 'v1',
    resource: 'replicationcontrollers',
    wrap: inTemplate,
  },
  ReplicaSet: { apiVersion: 'apps/v1', resource: 'replicasets', wrap: inTemplate },
  Deployment: { apiVersion: 'apps/v1', resource: 'deployments', wrap: inTemplate },
  StatefulSet: { apiVersion: 'apps/v1', resource: 'statefulsets', wrap: inTemplate },
  DaemonSet: { apiVersion: 'apps/v1', resource: 'daemonsets', wrap: inTemplate },
  Job: { apiVersion: 'batch/v1', resource: 'jobs', wrap: inTemplate },
  CronJob: {
    apiVersion: 'batch/v1',
    resource: 'cronjobs',
    wrap: (spec) => ({ spec: { jobTemplate: inTemplate(spec) } }),
  },
};

/** Containers `c0`, `c1`, … with these images. */
export function podSpecOf(images: readonly string[], members: Fields = {}): Fields {
  return { containers: images.map((image, index) => ({ name: `c${index}`, image })), ...members };
}

/** An object of that kind around a pod spec. */
export function objectOf(kind: string, podSpec: unknown, members: Fields = {}): Fields {
  const { apiVersion = 'v1', wrap = (spec: unknown) => ({ spec }) } = WORKLOADS[kind] ?? {};
  return {
    apiVersion,
    kind,
    metadata: { name: 'asked', namespace: 'team' },
    ...wrap(podSpec),
    ...members,
  };
}

export function podOf(images: readonly string[], members: Fields = {}): Fields {
  return objectOf('Pod', podSpecOf(images, members));
}

/** CREATE of a pod with one pinned image in namespace `team`; `kind` names another kind than Pod. */
export function requestOf(
  overrides: Omit<Partial<AdmissionRequest>, 'kind'> & { readonly kind?: string } = {},
): AdmissionRequest {
  const { kind = 'Pod', ...rest } = overrides;
  const { apiVersion = 'v1', resource = 'others' } = WORKLOADS[kind] ?? {};
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return {
    kind: { group, version, kind },
    resource: { group, version, resource },
    name: 'asked',
    namespace: 'team',
    operation: 'CREATE',
    object: objectOf(kind, podSpecOf([IMAGE])),
    ...rest,
  };
}

/** The bytes that an API server sends; `request` may be anything. */
export function reviewOf(request: unknown, members: Fields = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request,
    ...members,
  });
}
