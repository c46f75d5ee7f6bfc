import { describeWith } from '../peers.ts';
import { startDistribution, startGgcrRegistry } from './real-registries.ts';
import { declareRegistryContract } from './suite.ts';

const contract = describeWith('the contract of registries', {
  programs: ['registry', 'ggcr-registry'],
  group: 'registry',
});

contract('the registry of the distribution project', () => {
  declareRegistryContract({ referrers: false, tokens: false, checksDigests: true }, () =>
    startDistribution({ tokens: false }),
  );
});

contract('the registry of the distribution project that asks for tokens', () => {
  declareRegistryContract({ referrers: false, tokens: true, checksDigests: true }, () =>
    startDistribution({ tokens: true }),
  );
});

contract('the registry of go-containerregistry', () => {
  declareRegistryContract(
    { referrers: true, tokens: false, checksDigests: false },
    startGgcrRegistry,
  );
});
