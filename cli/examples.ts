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
Examples:
  keyward explain ${IMAGE} -n team
  keyward explain -o json ${IMAGE}

The cluster is that of KUBECONFIG; the registry is read from here, with the
credentials of docker login. KEYWARD_NAMESPACE, KEYWARD_DELEGATED_NAMESPACES and
KEYWARD_SIGNATURE_REPOSITORY: as the webhook has them.

Exit code: 0 allow; 1 deny; 2 usage; 3 it could not be found out.`,
  verify: `
Examples:
  keyward verify --key cosign.pub ${IMAGE}
  keyward verify --key ${KEY} ${IMAGE}
  keyward verify --config verifier.yaml ${IMAGE}

Keys      PEM, JWK or JWK set; any one of all suffices, and those that keyward does
          not verify with are named and left out. Of a key in a vault all enabled
          versions count, within their dates; AZURE_TENANT_ID, AZURE_CLIENT_ID and
          AZURE_FEDERATED_TOKEN_FILE say who asks.
Hash      auto: what Key Vault uses for such a key. sha256: what cosign's own
          RSA-3072 and RSA-4096 keys use.
Policies  Each of --config that covers an image must be satisfied, --key besides;
          an image that none covers is denied. Log and keyless: denied.
Registry  docker login, HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS, COSIGN_REPOSITORY,
          and the variables of docs/configuration.md are followed.
JSON      [{image, digest, verdict: allow|deny|unavailable, reason, message,
          remedy, warnings, vouchedBy: {fingerprint, name, version}, candidates}]

A reference that is none is denied (REF_INVALID), as a pod with it is.
Exit code: 0 all allowed; 1 one denied; 2 usage, and stdout stays empty;
3 none denied, and of one it could not be found out.`,
  sandbox: `
Examples:
  keyward sandbox
  keyward sandbox --once --json`,
};

export function addExamples(command: Command): void {
  const text = EXAMPLES[command.name()];
  if (text !== undefined) command.addHelpText('after', text);
}
