import type { IncomingMessage } from 'node:http';

/** controller-runtime's bound: an object of 3 MiB, before and after, in JSON. */
export const BODY_LIMIT = 7 * 1024 * 1024;

/** The whole body as text; `too-large` as soon as that is known, `cut-off` when the client went away. */
export function readBody(request: IncomingMessage): Promise<string | { fault: BodyFault }> {
  return new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) {
      resolve({ fault: 'too-large' });
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > BODY_LIMIT) resolve({ fault: 'too-large' });
      else chunks.push(chunk);
    });
    request.on('end', () => {
      resolve(decode(chunks));
    });
    request.on('error', () => {
      resolve({ fault: 'cut-off' });
    });
    request.on('close', () => {
      resolve({ fault: 'cut-off' });
    });
  });
}

export type BodyFault = 'too-large' | 'cut-off' | 'not-utf8';

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(chunks: readonly Buffer[]): string | { fault: BodyFault } {
  try {
    return utf8.decode(Buffer.concat(chunks));
  } catch {
    return { fault: 'not-utf8' };
  }
}
