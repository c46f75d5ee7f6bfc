import { execFile } from 'node:child_process';
import { z } from 'zod';
import type { Credential } from './credentials.ts';
import { basicCredential } from './docker-config.ts';
import { RegistryError } from '../registry-error.ts';
import { SecretText } from './secret-text.ts';

/** Asks `docker-credential-<name>` for a host's credential; `undefined`: it has none. Rejects with REGISTRY_AUTH. */
export type RunHelper = (
  name: string,
  host: string,
  signal: AbortSignal,
) => Promise<Credential | undefined>;

export interface HelperOptions {
  readonly timeoutMs: number;
  /** Of the helper, whose program is looked for in its PATH; this process's own by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const NAME = /^[a-z0-9-]+$/u;
const OUTPUT_LIMIT = 64 * 1024;
/** What every helper of Docker's library says when it has nothing. */
const NOT_FOUND = 'credentials not found in native keychain';
/** In place of a user name: the secret is an identity token. */
const TOKEN_USER = '<token>';

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/**
 * Runs a helper with a bounded time. The name comes from a file and becomes part of a program's name, so it must be one plain word; the
 * host comes from an image reference and goes to standard input, never to a command line.
 */
export function createHelperRunner(options: HelperOptions): RunHelper {
  return async (name, host, signal) => {
    if (!NAME.test(name)) throw refuse('the Docker config names a credential helper that is none');
    const program = `docker-credential-${name}`;
    const { failure, output } = await run(program, host, { ...options, signal });
    if (failure !== undefined) {
      if (output.trim() === NOT_FOUND) return undefined;
      throw refuse(`${program} ${failure}`);
    }
    const parsed = answerSchema.safeParse(parseJson(output));
    if (!parsed.success) throw refuse(`${program} gave no credential that can be read`);
    const { Username: username, Secret: secret } = parsed.data;
    return username === TOKEN_USER
      ? { kind: 'refresh-token', token: new SecretText(secret) }
      : basicCredential(username, secret);
  };
}

interface Outcome {
  /** In words of ours: what a helper writes may hold the secret. */
  readonly failure?: string;
  readonly output: string;
}

function run(
  program: string,
  input: string,
  { timeoutMs, environment, signal }: HelperOptions & { readonly signal: AbortSignal },
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      ['get'],
      {
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: OUTPUT_LIMIT,
        signal,
        ...(environment === undefined ? {} : { env: environment }),
      },
      (error, output) => {
        resolve(error === null ? { output } : { output, failure: describeFailure(error) });
      },
    );
    // A helper that ends without reading breaks the pipe; what it answered counts all the same.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function describeFailure(error: Error & { code?: unknown; killed?: boolean }): string {
  if (error.code === 'ENOENT') return 'is not installed';
  if (error.killed === true || error.name === 'AbortError') return 'did not end in time';
  return typeof error.code === 'number' ? `ended with ${error.code}` : 'could not be run';
}

function refuse(message: string): RegistryError {
  return new RegistryError('REGISTRY_AUTH', message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
