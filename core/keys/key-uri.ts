import { quote } from '../verdict/quote.ts';

/** A key, or one version of it, as cosign writes it: `azurekms://<vault host>/<key name>[/<version>]`. */
export type KeyUri =
  | {
      readonly ok: true;
      readonly vaultUri: string;
      readonly name: string;
      readonly version?: string;
    }
  | { readonly ok: false; readonly detail: string };

const SHAPE = /^azurekms:\/\/([^/]*)\/([^/]*)(?:\/([^/]*))?$/;
const HOST =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;
const NAME = /^[0-9a-z-]{1,127}$/;
const VERSION = /^[0-9a-z]{1,64}$/;

/**
 * Reads cosign's key reference strictly (cosign.md section 2.4). Any host with a dot is accepted (sovereign clouds, Managed
 * HSM); which vaults may be called is the caller's allow-list. Port, user name, query and percent-encoding are refused.
 */
export function parseKeyUri(text: string): KeyUri {
  const match = text.length <= 512 ? SHAPE.exec(text) : null;
  if (match === null)
    return refuse(text, 'is not of the form azurekms://<vault host>/<key name>[/<version>]');
  const host = String(match[1]).toLowerCase();
  const name = String(match[2]).toLowerCase();
  const version = (match[3] ?? '').toLowerCase();
  if (!isVaultHost(host)) return refuse(text, 'does not name a vault host (no port, no user name)');
  if (!NAME.test(name)) return refuse(text, 'has a key name that Key Vault does not allow');
  const key = { ok: true, vaultUri: `https://${host}`, name } as const;
  if (version === '') return key;
  if (!VERSION.test(version)) return refuse(text, 'has a version that is not letters and digits');
  return { ...key, version };
}

/** What a URL would take for another host (`1.5` is `1.0.0.5`) or for none (`a.1`) names no vault. */
function isVaultHost(host: string): boolean {
  const uri = `https://${host}`;
  return HOST.test(host) && URL.canParse(uri) && new URL(uri).host === host;
}

function refuse(text: string, why: string): KeyUri {
  return { ok: false, detail: `${quote(text)} ${why}` };
}
