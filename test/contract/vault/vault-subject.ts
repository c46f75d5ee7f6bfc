import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { createCredential } from '../../../platform/identity/workload-identity.ts';
import { CLIENT_ID, startAzureSandbox, type AzureSandbox } from './azure-sandbox.ts';
import { enterSandbox } from './in-process.ts';
import type { PythonClientOptions } from './python-client.ts';

/** The vault to run against instead of the stand-in: an emulator's or a real one's URL. */
const GIVEN = (process.env['KEYWARD_TEST_VAULT_URL'] ?? '').replace(/\/+$/u, '');
const AZURE = /\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)$/u;

export const VAULT_TITLE =
  GIVEN === '' ? 'the Key Vault stand-in' : 'the vault that KEYWARD_TEST_VAULT_URL names';

export interface VaultSubject {
  readonly vaultUri: string;
  readonly credential: TokenCredential;
  /** Not a vault of Azure's: it takes any token, and keyward itself would not call it. */
  readonly isEmulator: boolean;
  readonly python: Pick<PythonClientOptions, 'credential' | 'environment'>;
  /** Undefined when a vault was given: then no fault can be asked for. */
  readonly sandbox: AzureSandbox | undefined;
  close(): Promise<void>;
}

/**
 * What the contract runs against: the stand-in, or the vault that KEYWARD_TEST_VAULT_URL names. A real one is reached with
 * DefaultAzureCredential, whose identity needs "Key Vault Crypto Officer" there; its test keys are deleted, not purged.
 */
export async function openSubject(): Promise<VaultSubject> {
  if (GIVEN !== '') return openGiven();
  const sandbox = await startAzureSandbox();
  const leave = enterSandbox(sandbox);
  return {
    vaultUri: sandbox.vault.vaultUri,
    credential: createCredential({
      tenantId: sandbox.entra.tenantId,
      clientId: CLIENT_ID,
      tokenFilePath: sandbox.tokenFile,
      authorityHost: sandbox.entra.authorityHost,
    }),
    isEmulator: false,
    python: { credential: 'workload', environment: sandbox.environment },
    sandbox,
    close: async () => {
      leave();
      await sandbox.close();
    },
  };
}

function openGiven(): VaultSubject {
  const isEmulator = !AZURE.test(new URL(GIVEN).hostname);
  const environment = Object.entries(process.env).filter(([, value]) => value !== undefined);
  return {
    vaultUri: GIVEN,
    credential: isEmulator ? STATIC : new DefaultAzureCredential(),
    isEmulator,
    python: {
      credential: isEmulator ? 'static' : 'default',
      environment: Object.fromEntries(environment) as Record<string, string>,
    },
    sandbox: undefined,
    close: () => Promise.resolve(),
  };
}

const STATIC: TokenCredential = {
  getToken: () =>
    Promise.resolve({ token: 'emulator', expiresOnTimestamp: Date.now() + 3_600_000 }),
};
