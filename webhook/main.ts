import { readFile } from 'node:fs/promises';
import { startOpsServer } from '../platform/http/ops-server.ts';
import { loadKube } from '../platform/kube/load-kube.ts';
import { delay, systemClock as clock } from '../platform/lifecycle/clock.ts';
import { loadConfig } from '../platform/lifecycle/load-config.ts';
import { untilSignal } from '../platform/lifecycle/signals.ts';
import { createLogger } from '../platform/observe/logger.ts';
import { createMetrics } from '../platform/observe/metrics.ts';
import { createRegistry } from '../platform/registry/create-registry.ts';
import { withProxyVariables } from '../platform/registry/registry-config.ts';
import { registryOptionsOf } from '../platform/registry/registry-options.ts';
import { createAdmission } from './admission.ts';
import { WEBHOOK_CONFIG } from './config.ts';
import { createWebhookMetrics } from './metrics.ts';
import { writeRatifyStatus } from './ratify-status/status-writer.ts';
import { startAdmissionServer } from './server/admission-server.ts';
import { readCertificate, watchCertificate } from '../platform/http/certificate.ts';
import { describeStatus } from './server/status.ts';
import { createTrustSource } from './trust/trust-source.ts';

/** One webhook replica, until a signal. Gives the exit code. It knows no vault, no bus and no queue. */
export async function runWebhook(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const config = loadConfig(WEBHOOK_CONFIG, withProxyVariables(environment));
  const signalled = untilSignal();
  const logger = createLogger({ level: config.KEYWARD_LOG_LEVEL, component: 'webhook' });
  const metrics = createMetrics();
  const common = { clock, logger, metrics };
  const kubeconfig = config.KUBECONFIG;
  const kube = await loadKube(kubeconfig === undefined ? {} : { kubeconfig });
  const trust = createTrustSource({
    ...common,
    kube,
    keywardNamespace: config.KEYWARD_NAMESPACE,
    delegatedNamespaces: config.KEYWARD_DELEGATED_NAMESPACES,
  });
  const caFile = config.KEYWARD_REGISTRY_CA_FILE;
  const registryOptions = registryOptionsOf(config, {
    ...common,
    kube,
    ...(caFile === undefined ? {} : { caPem: await readFile(caFile, 'utf8') }),
  });
  const registry = createRegistry(registryOptions);
  const webhookMetrics = createWebhookMetrics(metrics);
  const admission = createAdmission({
    ...common,
    kube,
    trust,
    registry,
    credentialScope: registryOptions.credentials.scope,
    findSignatureRepository: config.KEYWARD_SIGNATURE_REPOSITORY ?? (() => undefined),
    webhookMetrics,
    clusterDefault: config.KEYWARD_DEFAULT_ENFORCEMENT,
    cacheBytes: config.KEYWARD_EVIDENCE_CACHE_MIB * 2 ** 20,
  });

  let isStopping = false;
  const findObstacles = (): readonly string[] => [
    ...trust.missing().map((resource) => `${resource} not read yet`),
    ...(isStopping ? ['stopping'] : []),
  ];
  const files = { certFile: config.KEYWARD_TLS_CERT_FILE, keyFile: config.KEYWARD_TLS_KEY_FILE };
  const first = await readCertificate(files);
  const server = await startAdmissionServer({
    host: config.KEYWARD_LISTEN_HOST,
    port: config.KEYWARD_LISTEN_PORT,
    certificate: first,
    handle: admission.handle,
    metrics: webhookMetrics,
    logger,
    findObstacles,
  });
  const ops = await startOpsServer({
    host: config.KEYWARD_METRICS_HOST,
    port: config.KEYWARD_METRICS_PORT,
    metrics,
    findObstacles,
    status: () => describeStatus(trust),
  }).catch(async (error: unknown) => {
    // Still listening, the process would outlive its own failure to start.
    await server.close(0);
    throw error;
  });
  logger.info({ event: 'listening', port: server.port, metricsPort: ops.port }, 'listening');

  const ended = new AbortController();
  const { signal } = ended;
  const background = [
    trust.start(signal),
    watchCertificate({ files, first, onChange: server.replaceCertificate, clock, logger }, signal),
  ];
  if (config.KEYWARD_RATIFY_ROLE === 'replace')
    background.push(
      writeRatifyStatus(
        { ...common, kube, trust, keywardNamespace: config.KEYWARD_NAMESPACE },
        signal,
      ),
    );

  logger.info({ signal: await signalled }, 'stopping: not ready, still serving');
  isStopping = true;
  server.beginDrain();
  await delay(clock, config.KEYWARD_DRAIN_SECONDS * 1000);
  await server.close(10_000);
  ended.abort();
  await Promise.all(background);
  await admission.close();
  await registry.close();
  await kube.close();
  await ops.close();
  logger.info({}, 'stopped');
  return 0;
}
