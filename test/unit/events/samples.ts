/** Events as they lie on the wire (Microsoft's documentation, both schemas), to be changed one field at a time. */
export const VAULT = 'https://contoso-kv.vault.azure.net';
export const VERSION = 'ee059b2bb5bc48398a53b168c6cdcb10';
const SOURCE = '/subscriptions/0/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-kv';

type Fields = Readonly<Record<string, unknown>>;

export function keyData(change: Fields = {}): Record<string, unknown> {
  return {
    Id: `${VAULT}/keys/cosign-key/${VERSION}`,
    VaultName: 'contoso-kv',
    ObjectType: 'Key',
    ObjectName: 'cosign-key',
    Version: VERSION,
    NBF: '1790000000',
    EXP: '1821536000',
    ...change,
  };
}

export function gridEvent(change: Fields = {}): Record<string, unknown> {
  return {
    id: '5b1d6c0e-4a1f-4a52-9f0e-8d1f2f0c7a11',
    topic: SOURCE,
    subject: 'cosign-key',
    eventType: 'Microsoft.KeyVault.KeyNewVersionCreated',
    eventTime: '2026-07-25T01:08:33.1036736Z',
    data: keyData(),
    dataVersion: '1',
    metadataVersion: '1',
    ...change,
  };
}

export function cloudEvent(change: Fields = {}): Record<string, unknown> {
  return {
    id: '5b1d6c0e-4a1f-4a52-9f0e-8d1f2f0c7a11',
    specversion: '1.0',
    source: SOURCE,
    subject: 'cosign-key',
    type: 'Microsoft.KeyVault.KeyNewVersionCreated',
    time: '2026-07-25T01:08:33.1036736Z',
    data: keyData(),
    ...change,
  };
}

/** The hint that each unchanged sample is. */
export const HINT = { vaultUri: VAULT, name: 'cosign-key', type: 'KeyNewVersionCreated' } as const;
