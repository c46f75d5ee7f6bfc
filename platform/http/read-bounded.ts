import type { IncomingMessage } from 'node:http';

export type BoundedBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly fault: 'too-large' | 'cut-off' };

/** The whole body; `too-large` as soon as that is known, `cut-off` when the client went away or was too slow. */
export function readBounded(request: IncomingMessage, limitBytes: number): Promise<BoundedBody> {
  return new Promise((resolve) => {
    const fail = (fault: 'too-large' | 'cut-off') => {
      resolve({ ok: false, fault });
    };
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      fail('too-large');
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      request.pause();
      fail('too-large');
    });
    request.on('end', () => {
      resolve({ ok: true, bytes: Buffer.concat(chunks) });
    });
    request.on('error', () => {
      fail('cut-off');
    });
    request.on('close', () => {
      fail('cut-off');
    });
  });
}
