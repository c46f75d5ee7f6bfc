/** keyward's own objects as people write them. */
export const LEAKED = '0ff373a9259c4578a247cfd7861a8805';

export const REVOCATION = {
  apiVersion: 'keyward.dev/v1alpha1',
  kind: 'KeyRevocation',
  metadata: { name: 'leak' },
  spec: { key: `azurekms://contoso.vault.azure.net/cosign-key/${LEAKED}`, reason: 'leaked' },
};
