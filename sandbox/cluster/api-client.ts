import { Agent, request } from 'undici';

export interface ApiClient {
  /** Undefined while nobody answers. */
  get(path: string): Promise<{ readonly status: number; readonly body: string } | undefined>;
  close(): Promise<void>;
}

export interface ApiClientOptions {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** Just enough of a client to see whether an API server has come up. */
export function createApiClient({ url, caPem, token }: ApiClientOptions): ApiClient {
  const dispatcher = new Agent({ connect: { ca: caPem, timeout: 2_000 } });
  return {
    async get(path) {
      try {
        const answer = await request(`${url}${path}`, {
          dispatcher,
          headers: { authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(5_000),
        });
        return { status: answer.statusCode, body: await answer.body.text() };
      } catch {
        return undefined;
      }
    },
    close: () => dispatcher.destroy(),
  };
}
