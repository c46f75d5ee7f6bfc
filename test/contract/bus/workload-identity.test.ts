import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { HintSource } from '../../../platform/bus/hint-source.ts';
import { createServiceBusSource } from '../../../platform/bus/service-bus-source.ts';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { startServiceBus, type ServiceBus } from '../../../sandbox/bus/service-bus.ts';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { createAppTokens } from '../../../sandbox/entra/app-tokens.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { waitUntil } from '../../support/wait-until.ts';

jest.setTimeout(60_000);

/** Of this process alone: with an identity the SDK takes port 5671, whatever else uses it on 127.0.0.1. */
const HOST = `127.${(process.pid >> 16) & 255}.${(process.pid >> 8) & 255}.${(process.pid & 127) + 2}`;
const QUEUE = 'events';
const trusted = getCACertificates('default');

/** The real path of an installation: AMQP over TLS, no key, a token of Microsoft Entra that the SDK asks the credential for. */
describe('a queue that is read with the workload identity', () => {
  let bus: ServiceBus;
  let source: HintSource | undefined;
  const tokens = createAppTokens();
  const scopes: unknown[] = [];
  const credential = {
    fault: undefined as Error | undefined,
    getToken: async (scope: string | string[]) => {
      scopes.push(scope);
      if (credential.fault !== undefined) throw credential.fault;
      const expiresOnTimestamp = Date.now() + 3_600_000;
      const exp = Math.floor(expiresOnTimestamp / 1000);
      return {
        token: tokens.issue({ aud: 'https://servicebus.azure.net', exp }),
        expiresOnTimestamp,
      };
    },
  };

  beforeAll(async () => {
    const authority = await createCertificateAuthority();
    setDefaultCACertificates([...trusted, authority.caPem]);
    const tls = await authority.issue({ commonName: 'service bus', ipAddresses: [HOST] });
    bus = await startServiceBus({ queues: [QUEUE], host: HOST, port: 5671, tls });
  });
  afterEach(async () => {
    await source?.stop(0);
    source = undefined;
    credential.fault = undefined;
  });
  afterAll(async () => {
    await bus?.close();
    setDefaultCACertificates(trusted);
  });

  const open = (): HintSource => {
    source = createServiceBusSource({
      address: { namespace: HOST, credential },
      entity: { queue: QUEUE },
      logger: createRecordingLogger(),
      metrics: createMetrics(),
      parallel: 1,
      waitMs: 1000,
      reconnect: { firstMs: 10, limitMs: 50 },
    });
    return source;
  };

  it('hands over what comes, with a token for Service Bus and nothing else', async () => {
    const opened = open();
    const bodies: string[] = [];
    await opened.start(async ({ body }) => {
      bodies.push(String(body));
      return 'complete';
    });
    bus.enqueue(QUEUE, 'hello');
    await waitUntil(() => bodies.length === 1 && bus.messages(QUEUE).length === 0);
    expect(new Set(scopes.flat())).toEqual(new Set(['https://servicebus.azure.net//.default']));
  });

  it.each(['AuthenticationError', 'CredentialUnavailableError'])(
    'says BUS_IDENTITY while there is no token to be had (%s), and goes on when there is',
    async (name) => {
      credential.fault = Object.assign(new Error('AADSTS700024: not in its time range'), { name });
      const opened = open();
      await opened.start(async () => 'complete');
      await waitUntil(() => opened.state().failedAttempts > 2);
      expect(opened.state().lastError?.code).toBe('BUS_IDENTITY');
      credential.fault = undefined;
      await waitUntil(() => opened.state().connected);
    },
  );
});
