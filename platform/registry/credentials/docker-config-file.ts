import { readFile, stat } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../lifecycle/clock.ts';
import { describeError } from '../../observe/describe-error.ts';
import { RegistryError } from '../registry-error.ts';
import type { RunHelper } from './credential-helper.ts';
import type { Credential, RegistryCredentials } from './credentials.ts';
import { parseDockerConfig, type DockerConfig, type DockerConfigEntry } from './docker-config.ts';
import { createRenewed, type Renewed } from './renewed.ts';

export interface DockerConfigFileOptions {
  /** Of the file: `config.json` as Docker writes it. */
  readonly path: string;
  readonly clock: Clock;
  /** Absent: an entry that leads to a credential helper is refused. A helper is a program that a file names. */
  readonly runHelper?: RunHelper;
}

const LONGEST_AGE_MS = 60_000;
const FILE_LIMIT = 1024 * 1024;
const HOSTS_LIMIT = 256;
const HELPER_TIMEOUT_MS = 10_000;

type HelperEntry = Extract<DockerConfigEntry, { kind: 'helper' }>;

/** Credentials of a Docker config file. It is read, and a helper is run, at most once a minute, and when a registry refuses. */
export function createDockerConfigCredentials(
  options: DockerConfigFileOptions,
): RegistryCredentials {
  const { path, clock, runHelper } = options;
  const file = createRenewed({ clock, longestAgeMs: LONGEST_AGE_MS, read: () => readConfig(path) });
  const helped = new LRUCache<string, Renewed<Credential | undefined>>({ max: HOSTS_LIMIT });

  const askHelper = async (entry: HelperEntry, host: string): Promise<Credential | undefined> => {
    if (runHelper === undefined) {
      throw refuse(
        `${path} leaves ${host} to a credential helper, and helpers are off (KEYWARD_REGISTRY_CREDENTIAL_HELPERS)`,
      );
    }
    const credential = await runHelper(
      entry.name,
      host,
      // Of its own: others share what it gives, whatever becomes of the caller that asked first.
      AbortSignal.timeout(HELPER_TIMEOUT_MS),
    );
    if (credential !== undefined || !entry.isNamed) return credential;
    throw refuse(`the credential helper that ${path} names for ${host} has nothing for it`);
  };

  const renewedFor = (entry: HelperEntry, host: string): Renewed<Credential | undefined> => {
    const key = `${entry.name} ${host}`;
    const known = helped.get(key);
    if (known !== undefined) return known;
    const read = () => askHelper(entry, host);
    const renewed = createRenewed({ clock, longestAgeMs: LONGEST_AGE_MS, read });
    helped.set(key, renewed);
    return renewed;
  };

  return {
    scope: `docker-config:${path}`,
    find: async (host) => {
      const entry = (await file.get()).find(host);
      switch (entry?.kind) {
        case undefined:
          return undefined;
        case 'credential':
          return entry.credential;
        case 'helper':
          return renewedFor(entry, host).get();
        case 'unusable':
          throw refuse(`no credential for ${host} from ${path}: ${entry.why}`);
      }
    },
    forget: (host) => {
      file.forget();
      for (const [key, renewed] of helped.entries()) if (key.endsWith(` ${host}`)) renewed.forget();
    },
  };
}

async function readConfig(path: string): Promise<DockerConfig> {
  try {
    const { size } = await stat(path);
    if (size > FILE_LIMIT) throw new TypeError(`it is larger than ${FILE_LIMIT} bytes`);
    return parseDockerConfig(await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Which hosts it holds is unknown, so none may be asked in another way.
    throw refuse(`${path} cannot be used: ${code ?? describeError(error).message}`);
  }
}

function refuse(message: string): RegistryError {
  return new RegistryError('REGISTRY_AUTH', message);
}
