import type { KeyRevocation, KeySet } from '../../core/keys/key-set.ts';
import type { Kube } from '../../platform/kube/kube.ts';
import { createReflector, type Reflector } from '../../platform/kube/reflector.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import {
  parseKeyRevocation,
  parseKeySet,
  parseKmp,
  type Kmp,
} from '../../platform/kube/schemas.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { Metrics } from '../../platform/observe/metrics.ts';
import type { Copies } from '../observe/world.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ChangedKind } from './changes.ts';

export interface LiveCopies extends Copies {
  /** Lists and watches until the signal aborts; never rejects for the API server's sake. */
  start(signal: AbortSignal): Promise<void>;
  /** Kinds that were not listed yet. */
  missing(): readonly string[];
  /** Resolves when every kind was listed, or the signal aborts. */
  untilSynced(signal: AbortSignal): Promise<void>;
}

export interface CopiesOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly changes: ChangeFeed;
}

/** Local copies of what the worker reads, in every replica: whoever comes to lead starts with them at hand. */
export function createCopies(options: CopiesOptions): LiveCopies {
  const { changes, ...common } = options;
  const publish = (kind: ChangedKind) => (keys: readonly string[]) => {
    changes.publish(kind, keys);
  };
  const keySets: Reflector<KeySet> = createReflector({
    ...common,
    resource: RESOURCES.keySets,
    parse: parseKeySet,
    onChange: publish('keySets'),
  });
  const revocations: Reflector<KeyRevocation> = createReflector({
    ...common,
    resource: RESOURCES.keyRevocations,
    parse: parseKeyRevocation,
    onChange: publish('revocations'),
  });
  const kmps: Reflector<Kmp> = createReflector({
    ...common,
    resource: RESOURCES.kmps,
    optional: true,
    parse: parseKmp,
    onChange: publish('kmps'),
  });
  const namespacedKmps: Reflector<Kmp> = createReflector({
    ...common,
    resource: RESOURCES.namespacedKmps,
    optional: true,
    parse: parseKmp,
    onChange: publish('namespacedKmps'),
  });
  const all = { keySets, revocations, kmps, namespacedKmps };
  return {
    ...all,
    start: async (signal) => {
      await Promise.all(Object.values(all).map((reflector) => reflector.start(signal)));
    },
    missing: () =>
      Object.entries(all).flatMap(([kind, reflector]) => (reflector.isSynced() ? [] : [kind])),
    untilSynced: async (signal) => {
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      const synced = Promise.all(Object.values(all).map((reflector) => reflector.synced));
      await Promise.race([synced, aborted]);
    },
  };
}
