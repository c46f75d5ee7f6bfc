import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { ServiceError } from '../observe/service-error.ts';
import { BUS_ERROR_CODES } from './hint-source.ts';
import type { BusErrorCode, HintSource, HintSourceState, MessageHandler } from './hint-source.ts';
import { runReceiveLoop, waitFor } from './receive-loop.ts';
import type { SettledAs } from './receive-loop.ts';
import { entityPath, openSession } from './session.ts';
import type { BusAddress, BusEntity, BusSession } from './session.ts';
import { createSlots } from './slots.ts';
import { translateBusError } from './translate-error.ts';

export interface ServiceBusSourceOptions {
  readonly address: BusAddress;
  readonly entity: BusEntity;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Messages in hand at once, each on a link of its own, however often the connection is lost; 4 when absent. */
  readonly parallel?: number;
  /** How long one receive waits on an empty queue, in milliseconds; 25 s when absent. Bounds the age of `lastSuccessAt`. */
  readonly waitMs?: number;
  /** First and longest pause before a new connection, in milliseconds; 200 and 30 000 when absent. */
  readonly reconnect?: { readonly firstMs: number; readonly limitMs: number };
}

const FIRST_WAIT_MS = 500;
const SETTLE_TIMEOUT_MS = 10_000;

/**
 * Hints from a Service Bus queue or subscription. One connection at a time; after any fault in receiving it is thrown away and a new
 * one is made after a growing pause, because most reports of silent receivers begin with a half-recovered one (azure.md 6.3, trap 8).
 */
export function createServiceBusSource(options: ServiceBusSourceOptions): HintSource {
  const { logger, entity } = options;
  const path = entityPath(entity);
  const instruments = createInstruments(options.metrics);
  const stopping = new AbortController();
  /** Aborted when handlers have had their time. */
  const expired = new AbortController();
  let state: HintSourceState = { connected: false, failedAttempts: 0 };
  let running: Promise<void> = Promise.resolve();
  let started = false;

  const recordSuccess = () => {
    if (stopping.signal.aborted) return;
    if (!state.connected) logger.info({ entity: path }, 'receiving from service bus');
    const lastSuccessAt = Date.now();
    state = { ...state, connected: true, failedAttempts: 0, lastSuccessAt };
    instruments.connected.set({}, 1);
    instruments.lastSuccess.set({}, lastSuccessAt / 1000);
  };
  const recordFault = (fault: ServiceError<BusErrorCode>) => {
    const wasConnected = state.connected || state.lastError?.code !== fault.code;
    const lastError = { code: fault.code, message: fault.message, at: Date.now() };
    const failedAttempts = state.failedAttempts + 1;
    state = { ...state, connected: false, failedAttempts, lastError };
    instruments.connected.set({}, 0);
    instruments.errors.increment({ code: fault.code });
    const fields = { entity: path, code: fault.code, detail: fault.message };
    // Once per kind of fault: a bus that is down for a night must not fill the log.
    if (wasConnected) logger.warn(fields, 'service bus cannot be read');
    else logger.debug(fields, 'service bus cannot be read');
  };

  const parallel = options.parallel ?? 4;
  const slots = createSlots(parallel);
  const openNext = () => openSession(options.address, entity, parallel);

  /** One client's life. Resolves when it is over for new messages; `finished` when what it had in hand is settled, too. */
  const runSession = (session: BusSession, handler: MessageHandler) => {
    const ending = new AbortController();
    const signal = AbortSignal.any([stopping.signal, ending.signal]);
    const loops = session.receivers.map(async (receiver) => {
      try {
        await runReceiveLoop({ ...createLoopOptions(handler), receiver, signal });
      } catch (error) {
        if (!ending.signal.aborted) recordFault(session.translate(error));
        ending.abort();
      }
    });
    const finished = Promise.all(loops);
    const patience = [whenAborted(expired.signal), afterAbort(ending.signal, SETTLE_TIMEOUT_MS)];
    const closed = Promise.race([finished, ...patience]).then(() => session.close());
    return { ended: whenAborted(signal), closed };
  };

  const createLoopOptions = (handler: MessageHandler) => ({
    handler,
    slots,
    firstWaitMs: Math.min(FIRST_WAIT_MS, options.waitMs ?? 25_000),
    waitMs: options.waitMs ?? 25_000,
    onExchange: recordSuccess,
    onMessage: () => {
      state = { ...state, lastMessageAt: Date.now() };
    },
    onSettled: (outcome: SettledAs) => {
      instruments.messages.increment({ outcome });
    },
    onFault: (error: unknown, message: { readonly messageId?: unknown }, doing: string) => {
      const { code, message: detail } = translateBusError(error);
      instruments.errors.increment({ code });
      logger.warn({ messageId: message.messageId, code, detail, doing }, 'message fault');
    },
  });

  const run = async (first: BusSession, handler: MessageHandler) => {
    const { firstMs, limitMs } = options.reconnect ?? { firstMs: 200, limitMs: 30_000 };
    // Sessions that are over but may still settle what they have in hand: nobody waits for them except `stop`.
    const retired = new Set<Promise<void>>();
    for (let session = first; ; session = openNext()) {
      const { ended, closed } = runSession(session, handler);
      retired.add(closed);
      void closed.then(() => retired.delete(closed));
      await ended;
      if (stopping.signal.aborted) break;
      const exponent = Math.min(Math.max(state.failedAttempts - 1, 0), 16);
      const pause = Math.min(firstMs * 2 ** exponent, limitMs);
      // Half of it random: after an outage all clusters would come back at once.
      await waitFor(pause / 2 + (Math.random() * pause) / 2, stopping.signal);
      if (stopping.signal.aborted) break;
    }
    await Promise.all(retired);
  };

  return {
    start: async (handler) => {
      if (started) throw new TypeError('a hint source starts once');
      started = true;
      running = run(openNext(), handler);
    },
    state: () => state,
    stop: async (deadlineMs) => {
      stopping.abort();
      const timer = setTimeout(() => {
        expired.abort();
      }, deadlineMs);
      await running;
      clearTimeout(timer);
      state = { ...state, connected: false };
      instruments.connected.set({}, 0);
    },
  };
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

/** Resolves `milliseconds` after the signal is aborted. Its timer keeps no process alive. */
async function afterAbort(signal: AbortSignal, milliseconds: number): Promise<void> {
  await whenAborted(signal);
  await new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

function createInstruments(metrics: Metrics) {
  return {
    messages: metrics.counter({
      name: 'keyward_bus_messages_total',
      help: 'Messages settled, by outcome',
      labels: { outcome: ['completed', 'abandoned', 'deadLettered'] },
    }),
    errors: metrics.counter({
      name: 'keyward_bus_errors_total',
      help: 'Faults while receiving or settling, by code',
      labels: { code: BUS_ERROR_CODES },
    }),
    connected: metrics.gauge({
      name: 'keyward_bus_connected',
      help: '1 while the last exchange with the queue worked',
    }),
    lastSuccess: metrics.gauge({
      name: 'keyward_bus_last_exchange_timestamp_seconds',
      help: 'When the queue last answered, also that it is empty (Unix time)',
    }),
  };
}
