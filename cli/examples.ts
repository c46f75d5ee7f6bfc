import type { Command } from 'commander';

const KEY = 'azurekms://contoso.vault.azure.net/cosign-key';
const VERSION = `${KEY}/0ff373a9259c4578a247cfd7861a8805`;
const IMAGE = 'contoso.azurecr.io/team/app:v1';

/** What stands below the options in `--help`. */
const EXAMPLES: Readonly<Record<string, string>> = {
  worker: `
Example:
  KEYWARD_ALLOWED_VAULTS=contoso.vault.azure.net keyward worker

Every variable: docs/configuration.md.`,
  webhook: `
Example:
  KEYWARD_DEFAULT_ENFORCEMENT=warn keyward webhook

Every variable: docs/configuration.md.`,
  revoke: `
Example:
  keyward revoke ${VERSION} --reason leaked

Exit code: 0 revoked, and confirmed by every replica that was asked; 1 not confirmed by all; 2 usage.`,
  diff: `
Example:
  keyward diff keymanagementprovider-akv`,
  impact: `
Example:
  keyward impact ${VERSION} -n team`,
  explain: `
Example:
  keyward explain ${IMAGE} -n team

Exit code: 0 allow; 1 deny; 2 usage; 3 it could not be found out.`,
  verify: `
Examples:
  keyward verify --key cosign.pub ${IMAGE}
  keyward verify --key ${KEY} -o json ${IMAGE}
  keyward verify --config verifier.yaml ${IMAGE} contoso.azurecr.io/team/api:v2

What is asked of an image:
  Every policy of --config that covers it must be satisfied, and where --key is given too, one of those keys must
  vouch as well. An image that no policy of --config covers is denied. Annotations are asked for on top, on the
  very signature that counts. tLogVerify: true in a policy always asks for the log; --tlog ignore does not undo it.
  A KeyManagementProvider stands for the versions that it lists, or the current one where it lists none. Key files
  (keys: [{file: cosign.pub}]) are relative to the file that names them. A status in a file is not read: the vault is.

Keys in a vault are read with the workload identity of the environment (AZURE_TENANT_ID, AZURE_CLIENT_ID,
AZURE_FEDERATED_TOKEN_FILE). Without a version all enabled versions count, within their dates.

Exit code: 0 all allowed; 1 one or more denied; 2 usage; 3 none denied, and of one or more it could not be found out.`,
  sandbox: `
Examples:
  keyward sandbox
  keyward sandbox --once --json`,
};

export function addExamples(command: Command): void {
  const text = EXAMPLES[command.name()];
  if (text !== undefined) command.addHelpText('after', text);
}
