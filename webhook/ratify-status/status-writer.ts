import { isDeepStrictEqual } from 'node:util';
import type { KeySet } from '../../core/keys/key-set.ts';
import type { Kube, KubeObject } from '../../platform/kube/kube.ts';
import { createReflector, type Reflector } from '../../platform/kube/reflector.ts';
import { RESOURCES, type Resource } from '../../platform/kube/resources.ts';
import { parseKmp, parseStore, parseVerifier } from '../../platform/kube/schemas.ts';
import { delay, type Clock } from '../../platform/lifecycle/clock.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { Metrics } from '../../platform/observe/metrics.ts';
import type { TrustSource } from '../trust/trust-source.ts';
import {
  statusOfProvider,
  statusOfStore,
  statusOfVerifier,
  type RatifyStatus,
} from './desired-status.ts';

export interface StatusWriterOptions {
  readonly kube: Kube;
  readonly trust: TrustSource;
  readonly keywardNamespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** 0 ≤ r < 1. */
  readonly random?: () => number;
}

type Judge = (object: KubeObject) => RatifyStatus | undefined;

interface WatchedKind {
  readonly resource: Resource;
  readonly judge: Judge;
  readonly reflector: Reflector<KubeObject>;
}

/** Replicas wait for different times, so that mostly one writes and the others find it written. */
const SPREAD_MS = 150;
const RETRY_MS = 5000;
const UNREADY_MS = 1000;

/**
 * In Ratify's place (`KEYWARD_RATIFY_ROLE=replace`): keeps the `status` of Ratify's resources as Ratify would, so that
 * `kubectl get` shows ISSUCCESS and why not. The same objects give the same status in every replica, so all may write.
 */
export async function writeRatifyStatus(
  options: StatusWriterOptions,
  signal: AbortSignal,
): Promise<void> {
  const { trust, clock, logger, random = Math.random } = options;
  const changed = createFlag();
  trust.subscribe(changed.raise);
  const kinds = watchKinds(options, changed.raise);
  const watching = Promise.all(kinds.map(({ reflector }) => reflector.start(signal)));
  while (!signal.aborted) {
    try {
      await changed.wait(signal);
      await delay(clock, random() * SPREAD_MS, signal);
      changed.lower();
      if (trust.missing().length === 0) {
        await writeAll(kinds, options);
      } else {
        // Asked again: a kind whose first list is empty comes without an event.
        changed.raise();
        await delay(clock, UNREADY_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) break;
      logger.warn({ error: describeError(error) }, 'cannot write the status of Ratify resources');
      changed.raise();
      await delay(clock, RETRY_MS, signal).catch(() => undefined);
    }
  }
  await watching;
}

function watchKinds(options: StatusWriterOptions, onChange: () => void): readonly WatchedKind[] {
  const judges: readonly (readonly [Resource, Judge])[] = [
    [RESOURCES.stores, (object) => statusOfStore(parseStore(object))],
    [RESOURCES.namespacedStores, (object) => statusOfStore(parseStore(object))],
    [RESOURCES.verifiers, judgeVerifier(options)],
    [RESOURCES.namespacedVerifiers, judgeVerifier(options)],
    [RESOURCES.kmps, judgeProvider(options)],
    [RESOURCES.namespacedKmps, judgeProvider(options)],
  ];
  return judges.map(([resource, judge]) => {
    const parse = (object: KubeObject) => ({ ok: true, value: object }) as const;
    const base = { ...options, resource, parse, onChange, optional: true };
    return { resource, judge, reflector: createReflector(base) };
  });
}

function judgeVerifier({ trust, keywardNamespace }: StatusWriterOptions): Judge {
  return (object) => statusOfVerifier(parseVerifier(object), soundKeySets(trust), keywardNamespace);
}

function judgeProvider({ trust, keywardNamespace }: StatusWriterOptions): Judge {
  return (object) => {
    const { name, namespace } = object.metadata;
    const kind =
      namespace === undefined ? 'KeyManagementProvider' : 'NamespacedKeyManagementProvider';
    const keySet = soundKeySets(trust).find(
      ({ namespace: home, spec }) =>
        home === (namespace ?? keywardNamespace) &&
        spec.providerRef?.kind === kind &&
        spec.providerRef.name === name,
    );
    return statusOfProvider(parseKmp(object), keySet);
  };
}

function soundKeySets(trust: TrustSource): readonly KeySet[] {
  return trust.keySets().flatMap((each) => (each.kind === 'sound' ? [each.keySet] : []));
}

/** Tries every object: one whose status cannot be written keeps no other from its own. Rejects afterwards with the first failure. */
async function writeAll(
  kinds: readonly WatchedKind[],
  { kube }: StatusWriterOptions,
): Promise<void> {
  const failures: unknown[] = [];
  for (const { resource, judge, reflector } of kinds) {
    for (const object of reflector.items().values()) {
      const desired = judge(object);
      if (desired === undefined || isWritten(desired, object['status'])) continue;
      await writeStatus(kube, resource, object, desired).catch((error: unknown) => {
        failures.push(error);
      });
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function writeStatus(
  kube: Kube,
  resource: Resource,
  { metadata: { name, namespace } }: KubeObject,
  status: RatifyStatus,
): Promise<void> {
  await kube.patch(
    resource,
    { name, ...(namespace === undefined ? {} : { namespace }), subresource: 'status' },
    { type: 'merge', body: { status }, fieldManager: 'keyward-ratify-status' },
  );
}

function isWritten(desired: RatifyStatus, status: unknown): boolean {
  if (typeof status !== 'object' || status === null) return false;
  const current = status as Readonly<Record<string, unknown>>;
  return Object.entries(desired).every(([field, value]) =>
    isDeepStrictEqual(current[field], value),
  );
}

function createFlag() {
  let raised = true;
  let waiter: (() => void) | undefined;
  return {
    raise: () => {
      raised = true;
      waiter?.();
    },
    lower: () => {
      raised = false;
    },
    /** Resolves while raised; rejects when the signal aborts. */
    wait: (signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          reject(signal.reason as Error);
        };
        if (raised) {
          resolve();
          return;
        }
        waiter = () => {
          signal.removeEventListener('abort', abort);
          waiter = undefined;
          resolve();
        };
        signal.addEventListener('abort', abort, { once: true });
      }),
  };
}
