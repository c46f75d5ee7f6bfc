import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithPython } from '../python-driver.ts';
import type { AzureSandbox } from './azure-sandbox.ts';
import { describeBehaviours } from './behaviours.ts';
import { createPythonClient } from './python-client.ts';
import { valueOf, type VaultClient } from './vault-client.ts';
import { openSubject, VAULT_TITLE, type VaultSubject } from './vault-subject.ts';

describeWithPython(`${VAULT_TITLE}, with azure-keyvault-keys for Python`, () => {
  let subject: VaultSubject;
  let client: VaultClient;
  beforeAll(async () => {
    subject = await openSubject();
    client = await createPythonClient({ vaultUri: subject.vaultUri, ...subject.python });
  });
  describeBehaviours(() => ({ vaultUri: subject.vaultUri, client }));
  // After the behaviours' own, which still need the client.
  afterAll(async () => {
    await client.close();
    await subject.close();
  });

  // Nobody can ask a real vault for a fault.
  const onStandIn = (test: (sandbox: AzureSandbox) => Promise<void>) => async () => {
    if (subject.sandbox !== undefined) await test(subject.sandbox);
  };

  it(
    'is asked for a token once, by its challenge, and then with that token',
    onStandIn(async (sandbox) => {
      const fresh = await createPythonClient({ vaultUri: subject.vaultUri, ...subject.python });
      const before = sandbox.entra.stats().tokens;
      valueOf(await fresh.create('challenged', { kty: 'EC', curve: 'P-256' }));
      valueOf(await fresh.list('challenged'));
      valueOf(await fresh.read('challenged'));
      await fresh.close();
      expect(sandbox.entra.stats().tokens).toBe(before + 1);
      expect(sandbox.proxy.refused()).toEqual([]);
    }),
  );

  it(
    'says that it throttles',
    onStandIn(async (sandbox) => {
      sandbox.vault.faults.set('429');
      const listed = await client.list('challenged');
      const read = await client.read('challenged');
      sandbox.vault.faults.set('none');
      expect([listed, read]).toEqual([
        { ok: false, fault: 'throttled' },
        { ok: false, fault: 'throttled' },
      ]);
      valueOf(await client.list('challenged'));
    }),
  );

  it(
    'refuses a reader by role',
    onStandIn(async (sandbox) => {
      sandbox.vault.faults.set('403-rbac');
      const read = await client.read('challenged');
      sandbox.vault.faults.set('none');
      expect(read).toEqual({ ok: false, fault: 'forbidden' });
    }),
  );

  it(
    'is out of reach while the token service refuses',
    onStandIn(async (sandbox) => {
      const fresh = await createPythonClient({ vaultUri: subject.vaultUri, ...subject.python });
      sandbox.entra.faults.set('refuse');
      const read = await fresh.read('challenged');
      sandbox.entra.faults.set('none');
      await fresh.close();
      expect(read).toEqual({ ok: false, fault: 'unauthorized' });
    }),
  );
});
