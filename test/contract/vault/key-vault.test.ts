import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../../platform/observe/logger.ts';
import { createAzureKeyVault } from '../../../platform/vault/azure-key-vault.ts';
import { describeBehaviours } from './behaviours.ts';
import { createJsClient } from './js-client.ts';
import { valueOf, type VaultClient } from './vault-client.ts';
import { openSubject, VAULT_TITLE, type VaultSubject } from './vault-subject.ts';

describe(`${VAULT_TITLE}, with @azure/keyvault-keys`, () => {
  let subject: VaultSubject;
  let client: VaultClient;
  beforeAll(async () => {
    subject = await openSubject();
    client = createJsClient(subject.vaultUri, subject.credential, subject.isEmulator);
  });
  describeBehaviours(() => ({ vaultUri: subject.vaultUri, client }));
  // After the behaviours' own, which still need the vault.
  afterAll(() => subject.close());

  it("is read alike by keyward's own adapter", async () => {
    // An emulator's host is no vault of any cloud, and is not called.
    if (subject.isEmulator) return;
    const { vaultUri, credential } = subject;
    const vault = createAzureKeyVault({
      credential,
      allowedVaults: [new URL(vaultUri).hostname],
      logger: createLogger({ level: 'silent', component: 'test' }),
    });
    const name = `keyward-adapter-${process.pid}-${Date.now().toString(36)}`;
    const first = valueOf(await client.create(name, { kty: 'RSA', size: 2048 }));
    const second = valueOf(await client.rotate(name));
    valueOf(await client.setEnabled(name, first.version, false));
    const { signal } = new AbortController();
    expect(await vault.listVersions({ vaultUri, name }, { signal })).toEqual([
      { version: first.version, enabled: false, createdOn: first.createdOn },
      { version: second.version, enabled: true, createdOn: second.createdOn },
    ]);
    const id = { vaultUri, name, version: first.version };
    expect(await vault.getVersion(id, { signal })).toMatchObject({
      enabled: false,
      jwk: first.jwk,
    });
    valueOf(await client.remove(name));
    expect(await vault.getVersion(id, { signal })).toBe('absent');
  }, 60_000);
});
