import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ThreadAnswer, ThreadRequest, ThreadResult } from './pglite-messages.ts';

/** PostgreSQL on a thread of this process, in memory. */
export interface PgliteDatabase {
  query(text: string, parameters: readonly unknown[]): Promise<ThreadResult>;
  /** Calls back for each notification of the channel until the returned function is called. */
  listen(channel: string, notify: (payload: string) => void): Promise<() => Promise<void>>;
  isOpen(): boolean;
  /** At once, whatever it is doing: nothing in it is worth keeping. */
  close(): Promise<void>;
}

/** Takes some two seconds; rejects when the database cannot start, or the signal aborts before it has. */
export async function openPgliteDatabase(signal: AbortSignal): Promise<PgliteDatabase> {
  signal.throwIfAborted();
  const entry = new URL(`./pglite-thread${extname(import.meta.filename)}`, import.meta.url);
  const thread = new Worker(entry);
  const calls = new Map<number, PromiseWithResolvers<ThreadResult>>();
  const listeners = new Map<string, Set<(payload: string) => void>>();
  const ready = Promise.withResolvers<void>();
  let isOpen = true;
  let lastId = 0;

  const fail = (error: Error): void => {
    isOpen = false;
    ready.reject(error);
    for (const call of calls.values()) call.reject(error);
    calls.clear();
  };
  thread.on('error', (error) => {
    fail(error instanceof Error ? error : new Error('the thread of the queue failed'));
  });
  thread.on('exit', () => {
    fail(new Error('the thread of the queue has ended'));
  });
  thread.on('message', (answer: ThreadAnswer) => {
    switch (answer.kind) {
      case 'ready':
        ready.resolve();
        return;
      case 'notification':
        for (const notify of listeners.get(answer.channel) ?? []) notify(answer.payload);
        return;
      case 'result':
        calls.get(answer.id)?.resolve(answer.result);
        calls.delete(answer.id);
        return;
      case 'error':
        // BullMQ looks at PostgreSQL's codes.
        calls.get(answer.id)?.reject(Object.assign(new Error(answer.message), answer));
        calls.delete(answer.id);
    }
  });

  const ask = (request: ThreadRequest): Promise<ThreadResult> => {
    if (!isOpen) return Promise.reject(new Error('the thread of the queue has ended'));
    const call = Promise.withResolvers<ThreadResult>();
    lastId += 1;
    calls.set(lastId, call);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    thread.postMessage({ id: lastId, request });
    return call.promise;
  };
  const close = async (): Promise<void> => {
    isOpen = false;
    await thread.terminate();
  };

  const abort = (): void => {
    ready.reject(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    await ready.promise;
  } catch (error) {
    await close();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return {
    query: (text, parameters) => ask({ kind: 'query', text, parameters }),
    listen: async (channel, notify) => {
      const ofChannel = listeners.get(channel) ?? new Set();
      listeners.set(channel, ofChannel.add(notify));
      if (ofChannel.size === 1) await ask({ kind: 'listen', channel });
      return async () => {
        ofChannel.delete(notify);
        if (ofChannel.size === 0 && isOpen) await ask({ kind: 'unlisten', channel });
      };
    },
    isOpen: () => isOpen,
    close,
  };
}
