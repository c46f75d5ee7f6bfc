import { startRealCluster } from '../../../sandbox/cluster/real-cluster.ts';
import { describeWith } from '../peers.ts';
import { declareKubeContract } from './suite.ts';

const contract = describeWith('the contract of kube-apiserver', {
  programs: ['kube'],
  group: 'kube',
});

contract('the real kube-apiserver', () => {
  declareKubeContract(async () => {
    const cluster = await startRealCluster({ environment: process.env });
    return {
      kubeconfig: () => cluster.kubeconfig(),
      close: () => cluster.close(),
      bookmarkTimeoutSeconds: 4,
    };
  }, 120_000);
});
