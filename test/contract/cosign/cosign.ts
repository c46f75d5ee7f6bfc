/** The real cosign as a child process: no environment of ours but what it is given, and no way out but a proxy that refuses. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../program-path.ts';

export const COSIGN_VERSIONS = ['v2.6.1', 'v3.1.3'] as const;
export type CosignVersion = (typeof COSIGN_VERSIONS)[number];

export interface CosignRun {
  readonly code: number | null;
  /** Both output streams. */
  readonly text: string;
}

export interface CosignRoom {
  /** Where it runs: `write` puts files there, under these names. */
  readonly folder: string;
  write(name: string, text: string): void;
  run(
    version: CosignVersion,
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): Promise<CosignRun>;
  /** As `run`. @throws Error with what it said when it fails */
  succeed(
    version: CosignVersion,
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): Promise<string>;
  close(): void;
}

const PATIENCE_MS = 60_000;

/** @param environment what every run gets; by default everything but loopback is sent to a port where nobody listens */
export function createCosignRoom(
  caPems: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): CosignRoom {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-cosign-'));
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  };
  write('ca.pem', caPems.join('\n'));
  write(TRUSTED_ROOT, EMPTY_ROOT);
  const base = {
    HTTPS_PROXY: 'http://127.0.0.1:1',
    ...environment,
    NO_PROXY: '127.0.0.1',
    SSL_CERT_FILE: join(folder, 'ca.pem'),
    HOME: folder,
    COSIGN_PASSWORD: '',
  };
  const run: CosignRoom['run'] = (version, args, more = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(programPath(`cosign-${version}`), args, {
        cwd: folder,
        env: { ...base, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: PATIENCE_MS,
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
      }
      child.once('error', reject);
      child.once('close', (code) => {
        resolve({ code, text });
      });
    });
  return {
    folder,
    write,
    run,
    async succeed(version, args, more) {
      const { code, text } = await run(version, args, more);
      if (code !== 0) throw new Error(`cosign ${version} ${args.join(' ')} (${code}): ${text}`);
      return text;
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const SIGNATURE_FORMS = ['legacy-tag', 'legacy-referrer', 'bundle'] as const;
export type SignatureForm = (typeof SIGNATURE_FORMS)[number];

/** Flags by which each version stores a signature in that form, without a transparency log. */
export function signArguments(version: CosignVersion, form: SignatureForm): readonly string[] {
  const isBundle = form === 'bundle';
  const always = ['sign', '--yes', '--tlog-upload=false', `--new-bundle-format=${isBundle}`];
  // v3 takes services from a signing config unless told not to; v2.6 has the flag and the other default.
  const services = version === 'v3.1.3' ? ['--use-signing-config=false'] : [];
  const mode = form === 'legacy-referrer' ? ['--registry-referrers-mode=oci-1-1'] : [];
  return [...always, ...services, ...mode];
}

export function signEnvironment(form: SignatureForm): Readonly<Record<string, string>> {
  return form === 'legacy-referrer' ? { COSIGN_EXPERIMENTAL: '1' } : {};
}

/** Flags by which each version looks for a signature of that form, without a transparency log. */
export function verifyArguments(format: 'legacy' | 'referrer' | 'bundle'): readonly string[] {
  const flags = ['--insecure-ignore-tlog=true', `--new-bundle-format=${format === 'bundle'}`];
  const oci11 = format === 'referrer' ? ['--experimental-oci11'] : [];
  // Without one of its own, v2.6 fetches the public log's keys, also where it is told to ignore the log.
  return ['verify', ...flags, ...oci11, '--trusted-root', TRUSTED_ROOT];
}

/** A trusted root that trusts nobody: `createCosignRoom` puts it there. */
const TRUSTED_ROOT = 'root.json';
const EMPTY_ROOT = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';
