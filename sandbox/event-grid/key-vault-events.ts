export type EventSchema = 'CloudEventSchemaV1_0' | 'EventGridSchema';

export interface KeyEvent {
  /** `https://contoso.vault.azure.net` */
  readonly vaultUri: string;
  readonly name: string;
  readonly version: string;
  /** Unix seconds; null and absent are what the vault sends for "not set". */
  readonly nbf?: number | null;
  readonly exp?: number | null;
}

/** An event as it lies on the wire (azure.md 2.2, 2.3): `data` in PascalCase, seven fractional digits, one object. */
export function composeEvent(about: {
  readonly id: string;
  readonly type: string;
  readonly event: KeyEvent | { readonly vaultUri: string };
  readonly schema: EventSchema;
  readonly subscription: string;
  readonly at: Date;
}): Record<string, unknown> {
  const { id, type, event } = about;
  const host = new URL(event.vaultUri).hostname;
  const vault = host.split('.')[0] ?? host;
  const source = `/subscriptions/${about.subscription}/resourceGroups/keyward/providers/Microsoft.KeyVault/vaults/${vault}`;
  const time = about.at.toISOString().replace('Z', '4417Z');
  const [subject, data] =
    'name' in event ? [event.name, composeKeyData(event, vault)] : [vault, { VaultName: vault }];
  return about.schema === 'CloudEventSchemaV1_0'
    ? { id, source, specversion: '1.0', type, subject, time, data }
    : {
        id,
        topic: source,
        subject,
        eventType: type,
        eventTime: time,
        data,
        dataVersion: '1',
        metadataVersion: '1',
      };
}

function composeKeyData(event: KeyEvent, vault: string): Record<string, unknown> {
  return {
    Id: `${event.vaultUri.replace(/\/$/u, '')}/keys/${event.name}/${event.version}`,
    VaultName: vault,
    ObjectType: 'Key',
    ObjectName: event.name,
    Version: event.version,
    NBF: event.nbf ?? null,
    EXP: event.exp ?? null,
  };
}
