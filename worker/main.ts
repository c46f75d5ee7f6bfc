import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { AcceptHints } from '../events/intake.ts';
import { createServiceBusSource } from '../platform/bus/service-bus-source.ts';
import { startOpsServer } from '../platform/http/ops-server.ts';
import { createLeaseElector } from '../platform/kube/lease-elector.ts';
import { loadKube } from '../platform/kube/load-kube.ts';
import { systemClock as clock } from '../platform/lifecycle/clock.ts';
import { exitWithin } from '../platform/lifecycle/exit-within.ts';
import { untilSignal } from '../platform/lifecycle/signals.ts';
import { createLogger } from '../platform/observe/logger.ts';
import { createMetrics } from '../platform/observe/metrics.ts';
import { createBullQueue } from '../platform/queue/bull-queue.ts';
import { createRedisSender } from '../platform/queue/redis-sender.ts';
import { createAzureKeyVault } from '../platform/vault/azure-key-vault.ts';
import { createAzureAccess } from './azure-access.ts';
import { loadWorkerConfig } from './config.ts';
import { runEventsEndpoint } from './hints/run-endpoint.ts';
import { createStandbyIntake } from './hints/standby-intake.ts';
import { lead } from './lead.ts';
import { describeStatus, type LeaderStatus } from './leader-status.ts';
import { createWorkerMetrics } from './metrics.ts';
import { createWorld } from './observe/world.ts';
import { createChangeFeed } from './watch/change-feed.ts';
import { createCopies } from './watch/copies.ts';

const EXIT_GRACE_MS = 500;
/** With the queue in memory each one waits for its reconcile: the more wait together, the more are served by the same one. */
const PARALLEL_MESSAGES = 16;

/** One worker process, until a signal. Gives the exit code. Only the one that holds the lease reads vaults and writes. */
export async function runWorker(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const config = loadWorkerConfig(environment);
  const stopping = new AbortController();
  const { signal } = stopping;
  const signalled = untilSignal().then((name) => {
    stopping.abort(new Error(`stopped by ${name}`));
    return name;
  });
  const logger = createLogger({ level: config.logLevel, component: 'worker' });
  const metrics = createMetrics();
  const common = { clock, logger, metrics };
  const { kubeconfig, queueUrl, namespace } = config;
  const kube = await loadKube(kubeconfig === undefined ? {} : { kubeconfig });
  const changes = createChangeFeed();
  const copies = createCopies({ ...common, kube, changes });
  const azure = createAzureAccess(config);
  const vault = createAzureKeyVault({ ...config, credential: azure.credential, logger });
  const { bus } = azure;

  let status: (() => LeaderStatus) | undefined;
  const ops = await startOpsServer({
    ...config.metrics,
    metrics,
    findObstacles: () => copies.missing().map((kind) => `${kind} not read yet`),
    status: () => describeStatus(status?.()),
  });
  logger.info({ event: 'listening', metricsPort: ops.port }, 'listening');

  const world = createWorld(copies, namespace);
  /** Of the leader; beside it, where there is a queue that all replicas share, any of them can take hints. */
  let accept: AcceptHints | undefined;
  let standby: AcceptHints | undefined;
  const { endpoint, drainMs } = config;
  const endpointOptions = { ...common, drainMs, accept: () => accept ?? standby };
  const sender =
    endpoint === undefined || queueUrl === undefined
      ? undefined
      : createRedisSender({ url: queueUrl, logger });
  const serving =
    endpoint === undefined
      ? undefined
      : runEventsEndpoint({ ...endpointOptions, config: endpoint }, signal);

  const watching = copies.start(signal);
  const elector = createLeaseElector({
    ...common,
    kube,
    namespace,
    name: 'keyward-worker',
    identity: `${hostname()}_${randomUUID()}`,
  });
  let exitCode = 1;
  try {
    await copies.untilSynced(signal);
    if (sender !== undefined) {
      const workerMetrics = createWorkerMetrics(metrics);
      standby = createStandbyIntake({ ...common, world, changes, sender, workerMetrics });
    }
    await elector.run(signal, (leading) =>
      lead(
        {
          ...common,
          kube,
          vault,
          changes,
          world,
          createQueue: () =>
            createBullQueue({ ...common, ...(queueUrl === undefined ? {} : { url: queueUrl }) }),
          isQueueDurable: queueUrl !== undefined,
          createHintSource:
            bus === undefined
              ? undefined
              : () => createServiceBusSource({ ...common, ...bus, parallel: PARALLEL_MESSAGES }),
          clustersSharingVault: config.clustersSharingVault,
          holdAbovePercent: config.holdAbovePercent,
          drainMs: config.drainMs,
          random: Math.random,
          onStatus: (next) => {
            status = next;
          },
          onIntake: (next) => {
            accept = next;
          },
        },
        leading,
      ),
    );
    logger.info({ signal: await signalled }, 'stopped');
    exitCode = 0;
    return exitCode;
  } finally {
    stopping.abort(new Error('the worker ends'));
    await watching;
    await serving;
    await sender?.close();
    await ops.close();
    await kube.close();
    exitWithin(EXIT_GRACE_MS, exitCode);
  }
}
