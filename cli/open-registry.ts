import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock as clock } from '../platform/lifecycle/clock.ts';
import { ConfigProblem, loadConfig } from '../platform/lifecycle/load-config.ts';
import { createMetrics } from '../platform/observe/metrics.ts';
import { createRegistry } from '../platform/registry/create-registry.ts';
import { REGISTRY_CONFIG, withProxyVariables } from '../platform/registry/registry-config.ts';
import { registryOptionsOf } from '../platform/registry/registry-options.ts';
import type { Registry } from '../platform/registry/registry.ts';

export interface RegistryTrust {
  /** Registries (`host[:port]`) that are spoken to without TLS, besides those of KEYWARD_REGISTRY_PLAIN_HTTP. */
  readonly plainHttp?: readonly string[];
  /** Any certificate will do. */
  readonly insecureSkipTlsVerify?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The registries as a person at this machine reaches them: with what `docker login` left behind, through the proxy of the environment,
 * on loopback too, trusting what Node trusts (NODE_EXTRA_CA_CERTS adds to it). The webhook's KEYWARD_REGISTRY_* variables hold here too.
 * @throws ConfigProblem
 */
export function openRegistry(trust: RegistryTrust = {}): Registry {
  const variables = loadConfig(REGISTRY_CONFIG, withDockerConfig(withProxyVariables(process.env)));
  const caFile = variables.KEYWARD_REGISTRY_CA_FILE;
  const { limits: _, ...options } = registryOptionsOf(variables, {
    clock,
    metrics: createMetrics(),
    ...(caFile === undefined ? {} : { caPem: readCaFile(caFile) }),
  });
  return createRegistry({
    ...options,
    plainHttp: [...variables.KEYWARD_REGISTRY_PLAIN_HTTP, ...(trust.plainHttp ?? [])],
    registryReach: 'any',
    insecureSkipTlsVerify: trust.insecureSkipTlsVerify ?? false,
  });
}

/** Where nothing else is said, the file that `docker login` writes, if there is one. */
function withDockerConfig(environment: Environment): Environment {
  const read = (name: string): string | undefined =>
    environment[name] === '' ? undefined : environment[name];
  if (read('KEYWARD_REGISTRY_AUTH') !== undefined) return environment;
  const folder = read('DOCKER_CONFIG') ?? join(read('HOME') ?? '/', '.docker');
  const named = read('KEYWARD_REGISTRY_DOCKER_CONFIG');
  const path = named ?? join(folder, 'config.json');
  // A file that somebody names and that is not there must not become "ask without credentials".
  if (named === undefined && !existsSync(path)) return environment;
  return {
    ...environment,
    KEYWARD_REGISTRY_AUTH: 'docker-config,anonymous',
    KEYWARD_REGISTRY_DOCKER_CONFIG: path,
  };
}

function readCaFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new ConfigProblem(`KEYWARD_REGISTRY_CA_FILE: ${path} cannot be read: ${code}`);
  }
}
