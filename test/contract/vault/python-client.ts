import { join } from 'node:path';
import { startPython } from '../python-driver.ts';
import type { Result, SeenKey, SeenVersion, VaultClient } from './vault-client.ts';

const SCRIPT = join(import.meta.dirname, 'key_vault_client.py');

export interface PythonClientOptions {
  readonly vaultUri: string;
  /** `workload`: as Kubernetes would give it; `default`: whatever this machine has; `static`: a text that emulators take. */
  readonly credential: 'workload' | 'default' | 'static';
  readonly environment: Readonly<Record<string, string>>;
}

/** The contract's client over Microsoft's Python SDK. */
export async function createPythonClient(options: PythonClientOptions): Promise<VaultClient> {
  const python = startPython(SCRIPT, options.environment);
  const call = async <Value>(name: string, args: Readonly<Record<string, unknown>>) =>
    (await python.call(name, args)) as Result<Value>;
  const { vaultUri, credential } = options;
  const emulator = credential === 'static';
  await call('open', { vault_url: vaultUri, credential, emulator });
  return {
    create: (name, key) => call<SeenKey>('create', { name, ...key }),
    rotate: (name) => call<SeenKey>('rotate', { name }),
    setEnabled: (name, version, enabled) => call<null>('setEnabled', { name, version, enabled }),
    remove: (name) => call<null>('remove', { name }),
    list: (name) => call<readonly SeenVersion[]>('list', { name }),
    read: (name, version) =>
      call<SeenKey>('read', { name, ...(version === undefined ? {} : { version }) }),
    sign: ({ name, version }, algorithm, digest) =>
      call<string>('sign', { name, version, algorithm, digest: digest.toString('base64') }),
    close: () => python.close(),
  };
}
