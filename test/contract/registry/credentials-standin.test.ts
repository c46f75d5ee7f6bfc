import { describe } from '@jest/globals';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { startRegistry } from '../../../sandbox/registry/registry.ts';
import { declareCredentials, LOGIN } from './credentials-behaviour.ts';
import type { RegistryPeer } from './wire.ts';

async function start(kind: 'basic' | 'token'): Promise<RegistryPeer> {
  const certificates = await createCertificateAuthority();
  const certificate = await certificates.issue({
    commonName: 'registry',
    ipAddresses: ['127.0.0.1'],
  });
  const registry = await startRegistry({ access: { kind, ...LOGIN }, certificate });
  return {
    host: registry.host,
    caPem: certificates.caPem,
    login: LOGIN,
    close: () => registry.close(),
  };
}

describe('the registry stand-in that asks for a password', () => {
  declareCredentials(true, () => start('basic'));
});

describe('the registry stand-in whose token service asks for a password', () => {
  declareCredentials(true, () => start('token'));
});
