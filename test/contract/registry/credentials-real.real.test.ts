import { describeWith } from '../peers.ts';
import { declareCredentials, HTPASSWD, LOGIN } from './credentials-behaviour.ts';
import { startDistribution } from './real-registries.ts';

const contract = describeWith('credentials for registries', {
  programs: ['registry'],
  group: 'registry',
});

contract('the registry of the distribution project that asks for a password', () => {
  declareCredentials(false, () =>
    startDistribution({ tokens: false, htpasswd: { line: HTPASSWD, login: LOGIN } }),
  );
});

contract('the registry of the distribution project whose token service asks for a password', () => {
  declareCredentials(false, () => startDistribution({ tokens: true, login: LOGIN }));
});
