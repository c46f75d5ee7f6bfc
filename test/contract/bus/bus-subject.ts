import { startServiceBus } from '../../../sandbox/bus/service-bus.ts';
import type { Subject } from './behaviours.ts';
import type { BusClient } from './bus-client.ts';

type OpenClient = (connectionString: string, queue: string) => BusClient | Promise<BusClient>;

/** The namespace to run against instead of the stand-in: the official emulator's or a real one's connection string. */
const GIVEN = process.env['KEYWARD_TEST_BUS'] ?? '';
export const BUS_TITLE =
  GIVEN === '' ? 'the Service Bus stand-in' : 'the queue that KEYWARD_TEST_BUS names';

/** Short, so that waiting for its end is quick: five seconds is the shortest that the real thing allows. */
const SHORTEST_LOCK_MS = 5000;
const MAX_DELIVERIES = 3;

/**
 * What the contract runs against, seen through one client library: the stand-in, or the queue that KEYWARD_TEST_BUS names in its
 * EntityPath (`keyward` without one). That queue has duplicate detection, a lock of PT5S and three deliveries, and is emptied.
 */
export async function openSubject(
  openClient: OpenClient,
  standInLockMs = SHORTEST_LOCK_MS,
): Promise<Subject & { close(): Promise<void> }> {
  const queue = /(?:^|;)EntityPath=([^;]+)/iu.exec(GIVEN)?.[1] ?? 'keyward';
  const lockDurationMs = GIVEN === '' ? standInLockMs : SHORTEST_LOCK_MS;
  const limits = { lockDurationMs, maxDeliveryCount: MAX_DELIVERIES };
  const standIn = GIVEN === '' ? await startServiceBus({ queues: [queue], ...limits }) : undefined;
  const connectionString = standIn?.connectionString ?? GIVEN.replace(/;?EntityPath=[^;]+/iu, '');
  return {
    queue,
    ...limits,
    open: async (how) => {
      if (how === 'wrongKey') return openClient(withWrongKey(connectionString), queue);
      return openClient(connectionString, how === 'missingQueue' ? 'absent' : queue);
    },
    close: async () => standIn?.close(),
  };
}

/** The same connection string with another key of the same length. */
function withWrongKey(connectionString: string): string {
  const wrong = Buffer.alloc(32, 1).toString('base64');
  return connectionString.replace(/SharedAccessKey=[^;]+/u, `SharedAccessKey=${wrong}`);
}
