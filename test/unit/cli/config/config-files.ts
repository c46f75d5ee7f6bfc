/** Configuration files as people have them, for tests. */
import { Buffer } from 'node:buffer';
import { UsageProblem } from '../../../../cli/command-input.ts';
import type { ConfigObjects } from '../../../../cli/config/config-objects.ts';
import { parseConfig } from '../../../../cli/config/read-config.ts';

export const RATIFY = 'config.ratify.deislabs.io/v1beta1';
export const KEYWARD = 'keyward.dev/v1alpha1';

export function parse(...texts: readonly (string | Uint8Array)[]): ConfigObjects {
  return parseConfig(
    texts.map((text, index) => ({
      path: index === 0 ? 'policy.yaml' : `policy-${index}.yaml`,
      bytes: Buffer.from(text),
    })),
  );
}

/** Each problem in a line of its own; a test fails where there is none. */
export function problemsIn(...texts: readonly (string | Uint8Array)[]): readonly string[] {
  try {
    parse(...texts);
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error;
    const [head, ...lines] = error.message.split('\n  ');
    if (head !== 'the files given cannot be used:') throw error;
    return lines;
  }
  throw new Error('they were taken');
}

export const PROVIDER = `apiVersion: ${RATIFY}
kind: KeyManagementProvider
metadata:
  name: kmp-akv
spec:
  type: azurekeyvault
  parameters:
    vaultURI: https://contoso.vault.azure.net/
    tenantID: t
    clientID: c
    keys:
      - name: cosign-key
        version: "0ff373a9259c4578a247cfd7861a8805"
`;

export function verifier(trustPolicies: string, kind = 'Verifier', metadata = '{name: cosign}') {
  return `apiVersion: ${RATIFY}
kind: ${kind}
metadata: ${metadata}
spec:
  name: cosign
  artifactTypes: application/vnd.dev.cosign.artifact.sig.v1+json
  parameters:
    trustPolicies:
${trustPolicies.replaceAll(/^/gmu, '      ')}
`;
}

export const POLICY = `- name: default
  version: 1.0.0
  scopes: ["contoso.azurecr.io/*"]
  keys:
    - provider: kmp-akv`;

export const KEY_SET = `apiVersion: ${KEYWARD}
kind: KeySet
metadata: {name: prod}
spec:
  keys: ["azurekms://contoso.vault.azure.net/cosign-key"]
  images: ["contoso.azurecr.io/*"]
`;
