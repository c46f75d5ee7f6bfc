import type { Clock } from '../../../../platform/lifecycle/clock.ts';
import { KubeError } from '../../../../platform/kube/kube-error.ts';
import type { Kube, KubeObject } from '../../../../platform/kube/kube.ts';

export interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number | null;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/** What becomes of one request: how long it takes to arrive and to be answered, and whether it gets that far. */
export interface Journey {
  readonly toServerMs?: number;
  readonly toClientMs?: number;
  readonly lost?: 'request' | 'answer';
}

/** Kube's own bound of each call. */
const TIMEOUT_MS = 10_000;

/** A lease in memory, with compare-and-swap on its resourceVersion, and clients that reach it as a test wants. */
export function createLeaseServer(clock: Clock) {
  let lease: KubeObject | undefined;
  let version = 0;
  const requests: string[] = [];

  const store = (object: object): KubeObject => {
    version += 1;
    const { metadata, ...rest } = object as KubeObject;
    lease = { ...rest, metadata: { ...metadata, resourceVersion: String(version) } };
    return lease;
  };
  const create = (object: object) => {
    if (lease !== undefined) throw new KubeError('ALREADY_EXISTS', 'exists');
    return store(object);
  };
  const replace = (object: object) => {
    const given = (object as KubeObject).metadata.resourceVersion;
    if (lease === undefined) throw new KubeError('NOT_FOUND', 'is gone');
    if (given !== lease.metadata.resourceVersion) throw new KubeError('CONFLICT', 'was changed');
    return store(object);
  };

  const after = (milliseconds: number | undefined, next: () => void) => {
    if (milliseconds === undefined) next();
    else clock.setTimer(milliseconds, next);
  };

  /** The request goes its way although its sender may give up: what has left cannot be called back. */
  const connect = (client: string, journey: (call: string) => Journey = () => ({})): Kube => {
    const send = (call: string, signal: AbortSignal | undefined, handle: () => unknown) => {
      requests.push(`${client} ${call}`);
      const { toServerMs, toClientMs, lost } = journey(call);
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const fail = (code: 'UNREACHABLE' | 'TIMEOUT') => () => {
        reject(new KubeError(code, 'no answer'));
      };
      const arrive = () => {
        if (lost === 'request') return fail('UNREACHABLE')();
        const handled = attempt(handle);
        after(toClientMs, () => {
          if (lost === 'answer') fail('UNREACHABLE')();
          else if (handled.ok) resolve(handled.value);
          else reject(handled.error);
        });
      };
      after(toServerMs, arrive);
      const timer = clock.setTimer(TIMEOUT_MS, fail('TIMEOUT'));
      if (signal?.aborted === true) fail('UNREACHABLE')();
      signal?.addEventListener('abort', fail('UNREACHABLE'), { once: true });
      return promise.finally(() => {
        timer.cancel();
      }) as Promise<never>;
    };
    const unused = () => Promise.reject(new Error('not expected'));
    return {
      server: 'https://leases',
      get: (_resource, { signal }) => send('get', signal, () => lease),
      create: (_resource, object, options) => send('create', options?.signal, () => create(object)),
      replace: (_resource, object, options) =>
        send('replace', options?.signal, () => replace(object)),
      list: unused,
      patch: unused,
      delete: unused,
      // oxlint-disable-next-line require-yield -- never used
      watch: async function* watch() {
        await unused();
      },
      raw: unused,
      close: () => Promise.resolve(),
    };
  };

  return {
    connect,
    requests,
    spec: (): LeaseSpec | undefined => lease?.['spec'] as LeaseSpec | undefined,
    /** As somebody else would write or delete it. */
    put: (spec: LeaseSpec) => store({ metadata: { name: 'keyward', namespace: 'system' }, spec }),
    remove: () => {
      lease = undefined;
    },
  };
}

function attempt(
  handle: () => unknown,
):
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown } {
  try {
    return { ok: true, value: handle() };
  } catch (error) {
    return { ok: false, error };
  }
}
