import { loadConnection } from './connection.ts';
import { HttpKube, type KubeOptions } from './http-kube.ts';
import type { Kube } from './kube.ts';

/**
 * Reads the kubeconfig (a path, or several joined by the path delimiter), without one the pod's service account, else
 * client-node's default places. Connects nothing yet: the first call does.
 * @throws KubeError INVALID when there is no usable configuration.
 */
export function loadKube(
  options: KubeOptions & { readonly kubeconfig?: string } = {},
): Promise<Kube> {
  return Promise.resolve().then(() => new HttpKube(loadConnection(options.kubeconfig), options));
}
