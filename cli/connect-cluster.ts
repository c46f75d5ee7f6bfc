import { loadKube } from '../platform/kube/load-kube.ts';
import type { Kube } from '../platform/kube/kube.ts';

/** The cluster that kubectl would speak to: KUBECONFIG, else the usual places. */
export function connectCluster(): Promise<Kube> {
  const kubeconfig = process.env['KUBECONFIG'];
  return loadKube(kubeconfig === undefined ? {} : { kubeconfig });
}
