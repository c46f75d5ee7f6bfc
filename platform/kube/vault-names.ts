import { z } from 'zod';
import { parseKeyUri } from '../../core/keys/key-uri.ts';

const NUMBER_HINT =
  'is a YAML number, so its digits may be lost already: put it in quotes and check it against the vault';

/** Refuses a number with the reason: Ratify's chart writes versions unquoted, and one made of digits becomes a number. */
function text(what: string) {
  return z.string({
    error: (issue) =>
      typeof issue.input === 'number' ? `${what} ${NUMBER_HINT}` : `${what} must be text`,
  });
}

/** Key Vault's own alphabet. It also keeps anything that could change a URL's path out of it. */
export const KEY_NAME = text('the key name')
  .trim()
  .regex(/^[0-9A-Za-z-]{1,127}$/u, 'a key name has 1 to 127 letters, digits and dashes')
  .toLowerCase();

export const KEY_VERSION = text('the version')
  .trim()
  .regex(/^[0-9A-Za-z]{1,64}$/u, 'a key version has letters and digits only')
  .toLowerCase();

/** `https://host`, lower case, nothing else: whatever follows the host would be somebody else's place. */
export const VAULT_URI = text('vaultURI')
  .trim()
  .transform((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const plain =
      url?.protocol === 'https:' &&
      url.username === '' &&
      url.password === '' &&
      url.port === '' &&
      url.pathname === '/' &&
      url.search === '' &&
      url.hash === '' &&
      // The same rule for hosts as in cosign's key references.
      parseKeyUri(`azurekms://${url.hostname}/key`).ok;
    if (plain) return `https://${url.hostname}`;
    context.addIssue({
      code: 'custom',
      message: 'must be https://<vault host> and nothing more, as https://contoso.vault.azure.net',
    });
    return z.NEVER;
  });
