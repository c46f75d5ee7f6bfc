import { KubeError } from '../../../../platform/kube/kube-error.ts';
import type { Kube, KubeObject, ListOptions, WatchEvent } from '../../../../platform/kube/kube.ts';

interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

/** One open watch, in the test's hands. */
export interface OpenWatch {
  readonly resourceVersion: string;
  send(...events: WatchEvent[]): void;
  end(): void;
  fail(error: unknown): void;
}

/** A Kube that lists what a test has prepared and watches what it is told. Every other call is a mistake. */
export function createScriptedKube() {
  const answers: (Page | Error)[] = [];
  const lists: ListOptions[] = [];
  const watches: OpenWatch[] = [];
  const unused = () => Promise.reject(new Error('not expected'));

  const kube: Kube = {
    server: 'https://scripted',
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the port's own shape
    list: async <T>(_resource: unknown, options: ListOptions = {}) => {
      lists.push(options);
      const answer = answers.shift();
      if (answer === undefined) return await new Promise<never>(() => undefined);
      if (answer instanceof Error) throw answer;
      return answer as unknown as { items: T[]; resourceVersion: string };
    },
    watch: (_resource, { resourceVersion, signal }) => openWatch(watches, resourceVersion, signal),
    get: unused,
    create: unused,
    replace: unused,
    patch: unused,
    delete: unused,
    raw: unused,
    close: () => Promise.resolve(),
  };
  return {
    kube,
    lists,
    watches,
    /** Answers of the next lists, in order; beyond them a list hangs. */
    prepare: (...next: (Page | Error)[]) => {
      answers.push(...next);
    },
    latest: (): OpenWatch => {
      const watch = watches.at(-1);
      if (watch === undefined) throw new Error('no watch is open');
      return watch;
    },
  };
}

async function* openWatch(
  watches: OpenWatch[],
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const queue: (WatchEvent | { readonly ended: unknown })[] = [];
  let wake = (): void => undefined;
  const push = (...entries: typeof queue) => {
    queue.push(...entries);
    wake();
  };
  watches.push({
    resourceVersion,
    send: push,
    end: () => {
      push({ ended: undefined });
    },
    fail: (error) => {
      push({ ended: error });
    },
  });
  signal.addEventListener('abort', () => {
    push({ ended: new KubeError('UNREACHABLE', 'aborted') });
  });
  for (;;) {
    const next = queue.shift();
    if (next === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    } else if ('type' in next) yield next;
    else if (next.ended === undefined) return;
    else throw next.ended;
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

export const keySet = (name: string, resourceVersion: string, good = true): KubeObject => ({
  metadata: { name, namespace: 'team', resourceVersion },
  good,
});
