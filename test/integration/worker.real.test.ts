import { jest } from '@jest/globals';
import { describeWith } from '../contract/peers.ts';
import { describeWorker } from './worker-behaviours.ts';

jest.setTimeout(90_000);

const describeReal = describeWith('the worker on a real kube-apiserver', {
  programs: ['kube'],
  group: 'kube',
});

describeReal('the worker, with Azure standing in and a real kube-apiserver, RBAC on', () => {
  describeWorker('real');
});
