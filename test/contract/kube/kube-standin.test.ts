import { describe } from '@jest/globals';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { startKubeApi } from '../../../sandbox/kube/kube-api.ts';
import { declareKubeContract } from './suite.ts';

describe('the Kubernetes API stand-in', () => {
  declareKubeContract(async () => {
    const api = await startKubeApi({ certificates: await createCertificateAuthority() });
    return { kubeconfig: api.kubeconfig, close: api.close, bookmarkTimeoutSeconds: 1 };
  }, 10_000);
});
