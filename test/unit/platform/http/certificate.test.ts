import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import {
  createCertificateAuthority,
  type IssuedCertificate,
} from '../../../../sandbox/certificates.ts';
import {
  readCertificate,
  watchCertificate,
  type Certificate,
} from '../../../../platform/http/certificate.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { waitUntil } from '../../../support/wait-until.ts';

jest.setTimeout(30_000);

const authority = createCertificateAuthority();
const issue = async () => (await authority).issue({ commonName: 'webhook', dnsNames: ['webhook'] });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyward-certificate-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const files = () => ({ certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') });

async function write({ certPem, keyPem }: IssuedCertificate): Promise<void> {
  await writeFile(files().certFile, certPem);
  await writeFile(files().keyFile, keyPem);
}

describe('reading a certificate', () => {
  it('gives the pair and when it expires', async () => {
    const issued = await issue();
    await write(issued);
    const { cert, key, expiresAt } = await readCertificate(files());
    expect({ cert, key }).toEqual({ cert: issued.certPem, key: issued.keyPem });
    expect(expiresAt).toBeGreaterThan(Date.now() + 29 * 24 * 3600 * 1000);
    expect(expiresAt).toBeLessThan(Date.now() + 31 * 24 * 3600 * 1000);
  });

  it.each<[string, (issued: IssuedCertificate, other: IssuedCertificate) => IssuedCertificate]>([
    ['halves of two pairs', ({ certPem }, { keyPem }) => ({ certPem, keyPem })],
    ['a certificate that is none', ({ keyPem }) => ({ certPem: 'none', keyPem })],
    ['a key that is none', ({ certPem }) => ({ certPem, keyPem: 'none' })],
    ['a file half written', ({ certPem, keyPem }) => ({ certPem: certPem.slice(0, 200), keyPem })],
    ['an empty file', ({ keyPem }) => ({ certPem: '', keyPem })],
  ])('refuses %s, naming the file and not the key', async (_, mix) => {
    const mixed = mix(await issue(), await issue());
    await write(mixed);
    const failure = await readCertificate(files()).catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(Error);
    const { message } = failure as Error;
    expect(message).toBe(`${files().certFile} and its key are no certificate pair`);
  });

  it('names the file that is not there', async () => {
    await expect(readCertificate(files())).rejects.toThrow(/tls\.(?:crt|key)/u);
  });
});

describe('watching a certificate', () => {
  async function startWatch(onChange: (certificate: Certificate) => void = () => undefined) {
    await write(await issue());
    const clock = createFakeClock();
    const logger = createRecordingLogger();
    const controller = new AbortController();
    const served: Certificate[] = [];
    const watch = {
      files: files(),
      first: await readCertificate(files()),
      onChange: (certificate: Certificate) => {
        onChange(certificate);
        served.push(certificate);
      },
      clock,
      logger,
    };
    const watching = watchCertificate(watch, controller.signal);
    return {
      served,
      logger,
      /** Lets the watch look once: it looks every ten seconds. */
      look: async () => {
        await waitUntil(() => clock.pending() === 1);
        clock.advance(10_000);
        await waitUntil(() => clock.pending() === 1);
      },
      almostLook: async () => {
        await waitUntil(() => clock.pending() === 1);
        clock.advance(9999);
        expect(clock.pending()).toBe(1);
      },
      end: async () => {
        controller.abort();
        await watching;
        expect(clock.pending()).toBe(0);
      },
    };
  }

  it('serves a new pair once, and says until when it is good', async () => {
    const { served, logger, look, end } = await startWatch();
    await look();
    expect(served).toEqual([]);
    const next = await issue();
    await write(next);
    await look();
    await look();
    expect(served).toMatchObject([{ cert: next.certPem, key: next.keyPem }]);
    expect(logger.lines).toMatchObject([
      { level: 'info', fields: { expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u) } },
    ]);
    expect(JSON.stringify(logger.lines)).not.toContain('PRIVATE KEY');
    await end();
  });

  it('looks every ten seconds', async () => {
    const { served, almostLook, end } = await startWatch();
    await write(await issue());
    await almostLook();
    expect(served).toEqual([]);
    await end();
  });

  it('leaves a pair that does not fit yet for the next look, and the old one serves on', async () => {
    const { served, logger, look, end } = await startWatch();
    const next = await issue();
    await writeFile(files().certFile, next.certPem);
    await look();
    expect(served).toEqual([]);
    expect(logger.lines).toMatchObject([{ level: 'warn', message: 'cannot read the certificate' }]);
    await writeFile(files().keyFile, next.keyPem);
    await look();
    expect(served).toMatchObject([{ cert: next.certPem }]);
    await end();
  });

  it('outlives a file that is gone, and one that comes back', async () => {
    const { served, logger, look, end } = await startWatch();
    await rm(files().certFile);
    await look();
    await look();
    expect(logger.lines).toHaveLength(2);
    const next = await issue();
    await write(next);
    await look();
    expect(served).toMatchObject([{ cert: next.certPem }]);
    await end();
  });

  it('sees a Secret that the kubelet swaps by symbolic link', async () => {
    const { served, look, end } = await startWatch();
    const next = await issue();
    await writeFile(join(folder, 'next.crt'), next.certPem);
    await writeFile(join(folder, 'next.key'), next.keyPem);
    for (const name of ['crt', 'key']) {
      await symlink(join(folder, `next.${name}`), join(folder, `link.${name}`));
      await rename(join(folder, `link.${name}`), join(folder, `tls.${name}`));
    }
    await look();
    expect(served).toMatchObject([{ cert: next.certPem, key: next.keyPem }]);
    await end();
  });

  it('tries again a certificate that the server did not take', async () => {
    let refuse = true;
    const { served, logger, look, end } = await startWatch(() => {
      if (refuse) throw new Error('not now');
    });
    const next = await issue();
    await write(next);
    await look();
    expect(served).toEqual([]);
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    refuse = false;
    await look();
    expect(served).toMatchObject([{ cert: next.certPem }]);
    await end();
  });

  it('ends with its signal', async () => {
    const { end, logger } = await startWatch();
    await end();
    expect(logger.lines).toEqual([]);
  });
});
