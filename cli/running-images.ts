import { findImages } from '../core/image/pod-images.ts';
import { parseImageReference } from '../core/image/reference.ts';
import type { KubeObject } from '../platform/kube/kube.ts';

/** One container of a running pod, with what it runs. */
export interface RunningImage {
  /** `namespace/name`. */
  readonly pod: string;
  readonly container: string;
  /** As the pod names it. */
  readonly image: string;
  /** Undefined where neither the pod nor its node says which bytes run. */
  readonly place?: {
    readonly registry: string;
    readonly repository: string;
    readonly digest: string;
  };
}

interface PodFields {
  readonly phase?: string;
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
}

interface ContainerStatus {
  readonly name?: string;
  readonly imageID?: string;
}

/** The images of a pod that has not ended. A tag is followed only by what the node says that it pulled, never resolved anew. */
export function runningImages(pod: KubeObject): readonly RunningImage[] {
  const status = (pod['status'] ?? {}) as PodFields;
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return [];
  const found = findImages({ ...pod, apiVersion: 'v1', kind: 'Pod' });
  if (!found.ok) return [];
  const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  return found.images.map(({ path, container, image }) => {
    // Of an image volume the status tells no digest, and its name may be a container's too.
    const isContainer = !path.startsWith('/spec/volumes/');
    const place = placeOf(image, isContainer ? pulledDigest(status, container) : undefined);
    return { pod: name, container, image, ...(place === undefined ? {} : { place }) };
  });
}

function placeOf(image: string, pulled: string | undefined): RunningImage['place'] {
  const parsed = parseImageReference(image);
  if (!parsed.ok) return undefined;
  const { registry, repository, digest = pulled } = parsed.ref;
  return digest === undefined ? undefined : { registry, repository, digest };
}

function pulledDigest(status: PodFields, container: string): string | undefined {
  const all = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  const imageId = all.find(({ name }) => name === container)?.imageID ?? '';
  return /@(sha256:[0-9a-f]{64})$/u.exec(imageId)?.[1];
}
