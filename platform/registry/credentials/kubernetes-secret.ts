import { z } from 'zod';
import { isKubeError } from '../../kube/kube-error.ts';
import type { Kube } from '../../kube/kube.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { Clock } from '../../lifecycle/clock.ts';
import type { RegistryCredentials } from './credentials.ts';
import { parseDockerConfig, type DockerConfig } from './docker-config.ts';
import { createRenewed } from './renewed.ts';
import { RegistryError } from '../registry-error.ts';

export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

export interface SecretCredentialsOptions {
  readonly kube: Pick<Kube, 'get'>;
  /** These and no others: a pod's own imagePullSecrets are a tenant's, and choose nothing here. */
  readonly secret: SecretName;
  readonly clock: Clock;
}

const LONGEST_AGE_MS = 60_000;
const TYPE = 'kubernetes.io/dockerconfigjson';
const KEY = '.dockerconfigjson';
/** Says nothing about the Secret: what was read before still holds. */
const PASSING = ['UNREACHABLE', 'TIMEOUT', 'THROTTLED'] as const;

const secretSchema = z.object({
  type: z.literal(TYPE),
  data: z.object({ [KEY]: z.base64() }),
});

/** One named Secret of type kubernetes.io/dockerconfigjson, read again every minute and when the registry refuses what it held. */
export function createSecretCredentials(options: SecretCredentialsOptions): RegistryCredentials {
  const { kube, secret, clock } = options;
  const where = `${secret.namespace}/${secret.name}`;
  const content = createRenewed<DockerConfig>({
    clock,
    longestAgeMs: LONGEST_AGE_MS,
    read: async (earlier) => {
      try {
        return parseSecret(await kube.get<unknown>(RESOURCES.secrets, secret), where);
      } catch (error) {
        if (earlier !== undefined && PASSING.some((code) => isKubeError(error, code))) {
          return earlier;
        }
        if (error instanceof RegistryError) throw error;
        const code = isKubeError(error) ? error.code : 'unknown cause';
        throw refuse(`the Secret ${where} cannot be read: ${code}`);
      }
    },
  });
  return {
    scope: `secret:${where}`,
    find: async (host) => {
      const entry = (await content.get()).find(host);
      if (entry === undefined) return undefined;
      if (entry.kind === 'credential') return entry.credential;
      const why = entry.kind === 'helper' ? 'a credential helper cannot be in a Secret' : entry.why;
      throw refuse(`no credential for ${host} from the Secret ${where}: ${why}`);
    },
    forget: () => {
      content.forget();
    },
  };
}

function parseSecret(object: unknown, where: string): DockerConfig {
  if (object === undefined) throw refuse(`there is no Secret ${where}`);
  const parsed = secretSchema.safeParse(object);
  if (!parsed.success) throw refuse(`the Secret ${where} is not of type ${TYPE} with ${KEY}`);
  try {
    return parseDockerConfig(Buffer.from(parsed.data.data[KEY], 'base64').toString('utf8'));
  } catch (error) {
    const why = error instanceof TypeError ? error.message : 'unreadable';
    throw refuse(`${KEY} of the Secret ${where}: ${why}`);
  }
}

function refuse(message: string): RegistryError {
  return new RegistryError('REGISTRY_AUTH', message);
}
