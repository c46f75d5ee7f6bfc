import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { delay, type Clock } from '../lifecycle/clock.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Reads the pair and proves that its halves belong together. Rejects with a sentence that names the file and no key. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([
    readFile(files.certFile, 'utf8'),
    readFile(files.keyFile, 'utf8'),
  ]);
  try {
    createSecureContext({ cert, key });
    return { cert, key, expiresAt: new X509Certificate(cert).validToDate.getTime() };
  } catch (error) {
    throw new Error(`${files.certFile} and its key are no certificate pair`, { cause: error });
  }
}

export interface CertificateWatch {
  readonly files: CertificateFiles;
  readonly first: Certificate;
  readonly onChange: (certificate: Certificate) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs?: number;
}

/**
 * Looks at the files every 10 s until the signal aborts: a mounted Secret changes by a swap of symbolic links, which file events miss
 * on some kernels. A pair that does not fit together yet is left for the next look, and the old one goes on serving.
 */
export async function watchCertificate(
  { files, first, onChange, clock, logger, everyMs = 10_000 }: CertificateWatch,
  signal: AbortSignal,
): Promise<void> {
  let current = first;
  while (!signal.aborted) {
    try {
      await delay(clock, everyMs, signal);
      const next = await readCertificate(files);
      if (next.cert === current.cert && next.key === current.key) continue;
      // Only what was taken counts as served: one that was not is tried again.
      onChange(next);
      current = next;
      const expiresAt = new Date(next.expiresAt).toISOString();
      logger.info({ expiresAt }, 'serving a new certificate');
    } catch (error) {
      if (!signal.aborted)
        logger.warn({ error: describeError(error) }, 'cannot read the certificate');
    }
  }
}
