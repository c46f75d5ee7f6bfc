import { NAMES } from './story/names.ts';

/** An AdmissionReview of a new pod with one container for each image. */
export function podReview(images: readonly string[]): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: crypto.randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      name: 'asked',
      namespace: NAMES.namespace,
      operation: 'CREATE',
      userInfo: { username: 'sandbox' },
      dryRun: true,
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'asked', namespace: NAMES.namespace },
        spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) },
      },
    },
  });
}
