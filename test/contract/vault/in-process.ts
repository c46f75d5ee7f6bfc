import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { AzureSandbox } from './azure-sandbox.ts';

/**
 * Lets the real SDK in this process reach the stand-ins as if HTTPS_PROXY and NODE_EXTRA_CA_CERTS had been set when it started.
 * To be called before the first client is made. Returns what undoes it. (`environment.test.ts` shows that the variables themselves do.)
 */
export function enterSandbox(sandbox: AzureSandbox): () => void {
  const authorities = getCACertificates('default');
  setDefaultCACertificates([...authorities, sandbox.caPem]);
  const names = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'ALL_PROXY', 'all_proxy'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  process.env['HTTPS_PROXY'] = sandbox.proxy.url;
  return () => {
    setDefaultCACertificates(authorities);
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
