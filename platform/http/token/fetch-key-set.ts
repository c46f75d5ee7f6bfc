import { Agent, ProxyAgent, request, type Dispatcher } from 'undici';
import { createProxyRule, type ProxySettings } from '../../registry/network/proxy.ts';

export interface KeySetReader {
  /** Rejects when the answer is anything but a small JSON document, at once from where it was asked for. */
  read(): Promise<unknown>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5000;
/** Entra's key set is about 15 KiB. */
const LIMIT_BYTES = 262_144;

/** Reads one document at one https address, which comes from the configuration alone. Redirects are not followed. */
export function createKeySetReader(url: URL, proxy: ProxySettings): KeySetReader {
  if (url.protocol !== 'https:') throw new TypeError('signing keys are read over https only');
  const through = createProxyRule(proxy)(url);
  const bounds = {
    connect: { timeout: TIMEOUT_MS },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    maxResponseSize: LIMIT_BYTES,
  };
  const dispatcher: Dispatcher =
    through === undefined ? new Agent(bounds) : new ProxyAgent({ ...bounds, uri: through });
  return {
    read: async () => {
      const { statusCode, body } = await request(url, {
        dispatcher,
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (statusCode !== 200) {
        await body.dump();
        throw new TypeError(`the signing keys were answered with ${statusCode}`);
      }
      return await body.json();
    },
    close: () => dispatcher.destroy(),
  };
}
