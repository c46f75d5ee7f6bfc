import { describe } from '@jest/globals';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { startRegistry, type RegistryOptions } from '../../../sandbox/registry/registry.ts';
import { declareRegistryContract } from './suite.ts';
import type { RegistryPeer } from './wire.ts';

async function start(options: Omit<RegistryOptions, 'certificate'>): Promise<RegistryPeer> {
  const certificates = await createCertificateAuthority();
  const certificate = await certificates.issue({
    commonName: 'registry',
    ipAddresses: ['127.0.0.1'],
  });
  const registry = await startRegistry({ ...options, certificate });
  return { host: registry.host, caPem: certificates.caPem, close: () => registry.close() };
}

describe('the registry stand-in', () => {
  declareRegistryContract(
    { referrers: true, pageSize: 2, tokens: false, checksDigests: true },
    () => start({ referrersPageSize: 2 }),
  );
});

describe('the registry stand-in without referrers API', () => {
  declareRegistryContract({ referrers: false, tokens: false, checksDigests: true }, () =>
    start({ referrers: false }),
  );
});

describe('the registry stand-in that asks for tokens', () => {
  declareRegistryContract({ referrers: true, tokens: true, checksDigests: true }, () =>
    start({ bearer: true }),
  );
});
