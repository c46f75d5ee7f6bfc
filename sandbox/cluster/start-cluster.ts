import { createLogger } from '../../platform/observe/logger.ts';
import type { CertificateAuthority } from '../certificates.ts';
import { startKubeApi } from '../kube/kube-api.ts';
import type { ClusterUserName } from './cluster-users.ts';
import { startRealCluster } from './real-cluster.ts';

/** The API server that the story plays on: the stand-in, or the real one. Both have the same users. */
export interface Cluster {
  readonly version: string;
  /** Named in the introduction; undefined for the stand-in. */
  readonly real?: string;
  kubeconfig(user?: ClusterUserName): string;
  close(): Promise<void>;
}

/** @throws SandboxProblem when the real one is asked for and its programs are missing. */
export async function startCluster(
  kind: 'stand-in' | 'real',
  certificates: CertificateAuthority,
): Promise<Cluster> {
  if (kind === 'stand-in') {
    const api = await startKubeApi({ certificates });
    return {
      version: 'stand-in',
      kubeconfig: (user) => api.kubeconfig(user),
      close: () => api.close(),
    };
  }
  const cluster = await startRealCluster({
    certificates,
    logger: createLogger({ level: 'silent', component: 'sandbox' }),
    environment: process.env,
  });
  return {
    version: cluster.version,
    real: `etcd and kube-apiserver ${cluster.version}, RBAC on`,
    kubeconfig: (user) => cluster.kubeconfig(user),
    close: () => cluster.close(),
  };
}
