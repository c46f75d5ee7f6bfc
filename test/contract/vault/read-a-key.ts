/** A program that knows nothing of the sandbox but its environment: prints the enabled versions of one key as keyward reads them. */
import { env, argv, stdout } from 'node:process';
import { createAzureKeyVault } from '../../../platform/vault/azure-key-vault.ts';
import { createCredential } from '../../../platform/identity/workload-identity.ts';
import { createLogger } from '../../../platform/observe/logger.ts';

const [vaultUri = '', name = ''] = argv.slice(2);
const vault = createAzureKeyVault({
  credential: createCredential({
    tenantId: env['AZURE_TENANT_ID'] ?? '',
    clientId: env['AZURE_CLIENT_ID'] ?? '',
    tokenFilePath: env['AZURE_FEDERATED_TOKEN_FILE'] ?? '',
    authorityHost: env['AZURE_AUTHORITY_HOST'] ?? '',
  }),
  allowedVaults: [new URL(vaultUri).hostname],
  logger: createLogger({ level: 'warn', component: 'test' }),
});
const versions = await vault.listVersions(
  { vaultUri, name },
  { signal: new AbortController().signal },
);
stdout.write(JSON.stringify(versions.map(({ version }) => version)));
