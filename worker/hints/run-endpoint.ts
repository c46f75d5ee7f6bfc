import { createEndpointMetrics } from '../../events/endpoint/endpoint-metrics.ts';
import { createEndpoint } from '../../events/endpoint/handle-request.ts';
import { createIntake, type AcceptHints } from '../../events/intake.ts';
import { createAddressLimit } from '../../platform/http/address-limit.ts';
import {
  readCertificate,
  watchCertificate,
  type Certificate,
} from '../../platform/http/certificate.ts';
import { startHttpsServer, type HttpsServerOptions } from '../../platform/http/https-server.ts';
import { createKeySetReader } from '../../platform/http/token/fetch-key-set.ts';
import { createSigningKeys } from '../../platform/http/token/signing-keys.ts';
import { createTokenVerifier } from '../../platform/http/token/verify-token.ts';
import { delay, type Clock } from '../../platform/lifecycle/clock.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { Metrics } from '../../platform/observe/metrics.ts';
import type { EndpointConfig } from './endpoint-config.ts';

export interface EventsEndpointOptions {
  readonly config: EndpointConfig;
  readonly accept: () => AcceptHints | undefined;
  /** How long answers under way may still take when it ends. */
  readonly drainMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Event Grid batches; a cluster's vaults seldom send more than a few events a minute. */
const OVERALL = { perSecond: 100, burst: 200 };
const PER_ADDRESS = { perSecond: 20, burst: 60 };
const CONNECTIONS = 256;

const RETRY_MS = 10_000;

/**
 * The HTTPS endpoint of this process until the signal aborts, in every replica. One that cannot take hints asks Event Grid to come again.
 * While it cannot be opened (no certificate yet) it is tried again: the sweep does not wait for it.
 */
export async function runEventsEndpoint(
  options: EventsEndpointOptions,
  signal: AbortSignal,
): Promise<void> {
  const { config, clock, logger } = options;
  const metrics = createEndpointMetrics(options.metrics);
  const reader = createKeySetReader(config.keySetUrl, config.proxy);
  const keys = createSigningKeys({
    fetchKeySet: () => reader.read(),
    clock,
    onFetch: (outcome, error) => {
      metrics.keyFetches.increment({ outcome });
      if (outcome === 'failed')
        logger.warn({ error: describeError(error) }, 'the signing keys cannot be read');
    },
  });
  const handle = createEndpoint({
    ...options,
    verifyToken: createTokenVerifier({ ...config.token, keys, clock }),
    limit: createAddressLimit({ overall: OVERALL, perAddress: PER_ADDRESS }, clock),
    requestsPerMinute: PER_ADDRESS.perSecond * 60,
    take: createIntake({ ...options, source: 'https' }),
    metrics,
  });
  while (!signal.aborted) {
    try {
      await serveUntilAborted(handle, options, signal);
    } catch (error) {
      logger.error({ error: describeError(error) }, 'the events endpoint cannot be opened');
      await delay(clock, RETRY_MS, signal).catch(() => undefined);
    }
  }
  await reader.close();
}

async function serveUntilAborted(
  handle: HttpsServerOptions['handle'],
  { config, clock, logger, drainMs }: EventsEndpointOptions,
  signal: AbortSignal,
): Promise<void> {
  const { files, host, port } = config;
  const first = await readCertificate(files);
  const place = { host, port, connections: CONNECTIONS };
  const server = await startHttpsServer({ ...place, certificate: first, handle });
  logger.info({ event: 'eventsListening', eventsPort: server.port }, 'listening for event grid');
  const onChange = (next: Certificate) => {
    server.replaceCertificate(next);
  };
  await watchCertificate({ files, first, onChange, clock, logger }, signal);
  await server.close(drainMs);
}
