import type { ConnectionOptions } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import { ServiceError } from '../observe/service-error.ts';
import type { QueueErrorCode } from './job-queue.ts';
import { queueStopped } from './run-waiters.ts';
import type { QueueBackend } from './queue-backend.ts';

/** In braces: a Redis Cluster keeps all keys with this part in one slot, as BullMQ's scripts need it. */
const PREFIX = '{keyward}';

const OPTIONS = {
  // BullMQ demands it for the connection on which it blocks.
  maxRetriesPerRequest: null,
  connectTimeout: 5000,
  // How long a closed connection's timer outlives it.
  disconnectTimeout: 200,
  retryStrategy: (times: number) => Math.min(times * 200, 2000),
} satisfies RedisOptions;

/**
 * A Redis (or Valkey) for BullMQ, once it can be reached; `rediss://` is TLS with the server's certificate checked. Tries until the
 * signal aborts.
 * @throws ServiceError QUEUE_CONFIG when the URL is none, or the server may evict what the queue holds.
 */
export async function openRedis(
  url: string,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<QueueBackend> {
  if (!/^rediss?:\/\/[^/]/u.test(url) || !URL.canParse(url))
    throw configError('the queue URL must be redis://… or rediss://… (it is not repeated here)');
  const clients: Redis[] = [];
  const client = track(new Redis(url, OPTIONS), clients, logger);
  const close = async (): Promise<void> => {
    for (const each of clients) each.disconnect();
  };
  try {
    await untilReady(client, signal);
    await requireNoEviction(client);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    connection: client as ConnectionOptions,
    factory: undefined,
    prefix: PREFIX,
    isConnected: () => client.status === 'ready',
    close,
  };
}

/** BullMQ makes its blocking connection with `duplicate` and may not get it closed while the server is away: this can. */
function track(client: Redis, clients: Redis[], logger: Logger): Redis {
  clients.push(client);
  client.on('error', (error: unknown) => {
    logger.debug({ error: describeError(error) }, 'redis connection fault');
  });
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (override) => track(duplicate(override ?? {}), clients, logger);
  return client;
}

function untilReady(client: Redis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(queueStopped());
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    client.once('ready', () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}

/**
 * A server that evicts under pressure could drop a job and keep the mark that it is there, and no further job of that key would
 * run. INFO, not CONFIG GET: managed Redis forbids the latter.
 */
async function requireNoEviction(client: Redis): Promise<void> {
  const policy = /^maxmemory_policy:(?<policy>[\w-]+)/mu.exec(await client.info('memory'))
    ?.groups?.['policy'];
  if (policy === undefined || policy === 'noeviction') return;
  throw configError(
    `the queue's Redis has maxmemory-policy ${policy} and may drop jobs unnoticed: set maxmemory-policy noeviction there`,
  );
}

function configError(message: string): ServiceError<QueueErrorCode> {
  return new ServiceError<QueueErrorCode>('QUEUE_CONFIG', message, { retryable: false });
}
