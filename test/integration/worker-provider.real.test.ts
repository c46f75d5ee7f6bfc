import { jest } from '@jest/globals';
import { describeWith } from '../contract/peers.ts';
import { describeProviders } from './worker-provider-behaviours.ts';

jest.setTimeout(90_000);

const describeReal = describeWith('providers on a real kube-apiserver', {
  programs: ['kube'],
  group: 'kube',
});

describeReal('providers and what is told of them, on a real kube-apiserver, RBAC on', () => {
  describeProviders('real');
});
