/** Real registries as child processes: `distribution`, which has no referrers API, and go-containerregistry's, which has. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCertificateAuthority,
  type CertificateAuthority,
} from '../../../sandbox/certificates.ts';
import { readTail, startSupervised } from '../../../sandbox/cluster/supervised-process.ts';
import { untilTrue } from '../../../sandbox/cluster/until-true.ts';
import { programPath } from '../program-path.ts';
import { startTokenService, TOKEN_ISSUER, TOKEN_SERVICE } from './token-service.ts';
import type { Login, RegistryPeer } from './wire.ts';

export async function startGgcrRegistry(): Promise<RegistryPeer> {
  const authority = await createCertificateAuthority();
  return startProgram(authority, 'ggcr-registry', ({ certificate, key }) => [
    '-cert',
    certificate,
    '-key',
    key,
  ]);
}

export interface DistributionOptions {
  readonly tokens: boolean;
  /** Who may have a token. */
  readonly login?: Login;
  /** A line of `htpasswd -B` in place of tokens, and whom it is for. */
  readonly htpasswd?: { readonly line: string; readonly login: Login };
}

export async function startDistribution({
  tokens,
  login,
  htpasswd,
}: DistributionOptions): Promise<RegistryPeer> {
  const authority = await createCertificateAuthority();
  const service = tokens ? await startTokenService(authority, login) : undefined;
  const peer = await startProgram(authority, 'registry', (files) => {
    const passwords = join(files.folder, 'htpasswd');
    if (htpasswd !== undefined) writeFileSync(passwords, `${htpasswd.line}\n`, { mode: 0o600 });
    const auth = {
      ...(htpasswd === undefined ? {} : { htpasswd: { realm: 'the contract', path: passwords } }),
      ...(service === undefined
        ? {}
        : {
            token: {
              realm: service.realm,
              service: TOKEN_SERVICE,
              issuer: TOKEN_ISSUER,
              rootcertbundle: files.authority,
            },
          }),
    };
    const configuration = {
      version: '0.1',
      log: { level: 'info', accesslog: { disabled: true } },
      storage: { inmemory: {} },
      http: {
        addr: '127.0.0.1:0',
        secret: 'of this test',
        tls: { certificate: files.certificate, key: files.key },
      },
      auth,
    };
    // JSON is YAML.
    writeFileSync(join(files.folder, 'config.yml'), JSON.stringify(configuration));
    return ['serve', join(files.folder, 'config.yml')];
  });
  return {
    ...peer,
    ...(service === undefined ? {} : { tokenHost: service.host }),
    ...who(htpasswd?.login ?? login),
    close: async () => {
      await peer.close();
      await service?.close();
    },
  };
}

function who(login: Login | undefined): { readonly login?: Login } {
  return login === undefined ? {} : { login };
}

interface Files {
  readonly folder: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Both print `listening on 127.0.0.1:<port>` once they listen. @throws Error with the log's end when one does not come up */
async function startProgram(
  certificates: CertificateAuthority,
  program: string,
  configure: (files: Files) => readonly string[],
): Promise<RegistryPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-registry-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const { certPem, keyPem } = await certificates.issue({
    commonName: 'registry',
    ipAddresses: ['127.0.0.1'],
  });
  const args = configure({
    folder,
    authority: write('ca.pem', certificates.caPem),
    certificate: write('tls.crt', certPem),
    key: write('tls.key', keyPem),
  });
  const logFile = join(folder, 'log');
  const running = startSupervised({
    command: programPath(program),
    args,
    // The exporter of traces would look for a collector on this machine.
    env: { HOME: folder, OTEL_TRACES_EXPORTER: 'none' },
    cwd: folder,
    logFile,
    removeWhenOrphaned: folder,
  });
  let host: string | undefined;
  const isUp = await untilTrue(
    async () => {
      host = /listening on (127\.0\.0\.1:\d+)/.exec(await readFile(logFile, 'utf8'))?.[1];
      return host !== undefined;
    },
    { deadlineMs: 15_000, giveUp: () => running.ended() !== undefined },
  );
  const close = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  if (!isUp || host === undefined) {
    const tail = await readTail(logFile);
    await close();
    throw new Error(`${program} did not come up: ${tail}`);
  }
  return { host, caPem: certificates.caPem, close };
}
