/** Where Azure Container Registry lives, by cloud. */
export const AZURE_REGISTRY_HOSTS = ['*.azurecr.io', '*.azurecr.us', '*.azurecr.cn'] as const;

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const NAME = `${LABEL}(?:\\.${LABEL})+`;
const EXACT = new RegExp(`^${NAME}(?::[1-9]\\d{0,4})?$`, 'u');
const WILDCARD = new RegExp(`^\\*\\.${NAME}$`, 'u');

/** True for a host name, with a port if need be, or `*.` and a domain of at least two labels. */
export function isHostPattern(pattern: string): boolean {
  return EXACT.test(pattern) || WILDCARD.test(pattern);
}

/**
 * Whether a host gets the Entra token. `*` is one whole label and no port. Compared as a whole: the attacker names hosts that contain
 * a configured one, or are contained in one (A22, A29, CVE-2025-27403).
 */
export function matchesHost(pattern: string, host: string): boolean {
  if (!WILDCARD.test(pattern)) return EXACT.test(pattern) && pattern === host;
  const [first, ...rest] = host.split('.');
  return (
    first !== undefined &&
    new RegExp(`^${LABEL}$`, 'u').test(first) &&
    rest.join('.') === pattern.slice('*.'.length)
  );
}
