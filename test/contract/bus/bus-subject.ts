import { entityPath } from '../../../platform/bus/session.ts';
import { startServiceBus } from '../../../sandbox/bus/service-bus.ts';
import type { Subject } from './behaviours.ts';
import type { BusClient, BusEntity } from './bus-client.ts';

type OpenClient = (connectionString: string, entity: BusEntity) => BusClient | Promise<BusClient>;
export type EntityKind = 'queue' | 'subscription';
export const ENTITY_KINDS: readonly EntityKind[] = ['queue', 'subscription'];

/** The namespace to run against instead of the stand-in: the official emulator's or a real one's connection string. */
const GIVEN = process.env['KEYWARD_TEST_BUS'] ?? '';
/** A topic of that namespace and one subscription of it: `topic/subscription`. */
const [GIVEN_TOPIC = '', GIVEN_SUBSCRIPTION = ''] = (
  process.env['KEYWARD_TEST_BUS_SUBSCRIPTION'] ?? ''
).split('/');

const isGiven = (kind: EntityKind) =>
  GIVEN !== '' && (kind === 'queue' || GIVEN_SUBSCRIPTION !== '');

export function titleOf(kind: EntityKind): string {
  if (!isGiven(kind)) return `a ${kind} of the Service Bus stand-in`;
  return kind === 'queue'
    ? 'the queue that KEYWARD_TEST_BUS names'
    : 'the subscription that KEYWARD_TEST_BUS_SUBSCRIPTION names';
}

/** Short, so that waiting for its end is quick: five seconds is the shortest that the real thing allows. */
const SHORTEST_LOCK_MS = 5000;
const MAX_DELIVERIES = 3;

/**
 * What the contract runs against, seen through one client library: the stand-in, or the queue that KEYWARD_TEST_BUS names in its
 * EntityPath (`keyward` without one), or the subscription given beside it. Both have a lock of PT5S and three deliveries, queue and topic
 * have duplicate detection, and all of it is emptied.
 */
export async function openSubject(
  kind: EntityKind,
  openClient: OpenClient,
  standInLockMs = SHORTEST_LOCK_MS,
): Promise<Subject & { close(): Promise<void> }> {
  const entity = entityOf(kind);
  const real = isGiven(kind);
  const lockDurationMs = real ? SHORTEST_LOCK_MS : standInLockMs;
  const limits = { lockDurationMs, maxDeliveryCount: MAX_DELIVERIES };
  const standIn = real ? undefined : await startStandIn(entity, limits);
  const connectionString = standIn?.connectionString ?? GIVEN.replace(/;?EntityPath=[^;]+/iu, '');
  return {
    path: entityPath(entity),
    ...limits,
    open: async (how) => {
      if (how === 'wrongKey') return openClient(withWrongKey(connectionString), entity);
      return openClient(connectionString, how === 'missing' ? missing(entity) : entity);
    },
    close: async () => standIn?.close(),
  };
}

function entityOf(kind: EntityKind): BusEntity {
  const queue = /(?:^|;)EntityPath=([^;]+)/iu.exec(GIVEN)?.[1] ?? 'keyward';
  if (kind === 'queue') return { queue };
  return isGiven(kind)
    ? { topic: GIVEN_TOPIC, subscription: GIVEN_SUBSCRIPTION }
    : { topic: 'keyward-topic', subscription: 'cluster-1' };
}

function startStandIn(
  entity: BusEntity,
  limits: { readonly lockDurationMs: number; readonly maxDeliveryCount: number },
) {
  // A second subscription: what happens to its copies is nobody else's business.
  return 'queue' in entity
    ? startServiceBus({ queues: [entity.queue], ...limits })
    : startServiceBus({
        queues: [],
        topics: [{ name: entity.topic, subscriptions: [entity.subscription, 'another'] }],
        ...limits,
      });
}

const missing = (entity: BusEntity): BusEntity =>
  'queue' in entity ? { queue: 'absent' } : { ...entity, subscription: 'absent' };

/** The same connection string with another key of the same length. */
function withWrongKey(connectionString: string): string {
  const wrong = Buffer.alloc(32, 1).toString('base64');
  return connectionString.replace(/SharedAccessKey=[^;]+/u, `SharedAccessKey=${wrong}`);
}
