import type { IncomingMessage } from 'node:http';

/** One request as the handlers see it: the path is split, the body is read. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export type Operation =
  'ping' | 'manifest' | 'blob' | 'upload' | 'tags' | 'referrers' | 'token' | 'exchange';

/** The error body of the distribution specification, section "Error Codes". */
export function fail(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ errors: [{ code, message }] }),
  };
}

const BODY_LIMIT = 64 * 1024 * 1024;

/** The whole request body. Rejects beyond 64 MiB: the stand-in holds everything in memory. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LIMIT) throw new Error('request body is larger than 64 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
