import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { ServiceError } from '../observe/service-error.ts';
import { keepLock } from './keep-lock.ts';
import type { BusErrorCode, MessageHandler, MessageOutcome } from './hint-source.ts';
import type { Slots } from './slots.ts';

export type SettledAs = 'completed' | 'abandoned' | 'deadLettered';

export interface LoopOptions {
  readonly receiver: ServiceBusReceiver;
  readonly handler: MessageHandler;
  /** No new message once aborted; what is in hand is still handled and settled. */
  readonly signal: AbortSignal;
  /** A message is asked for only with a place to have it in hand. */
  readonly slots: Slots;
  readonly firstWaitMs: number;
  readonly waitMs: number;
  /** How long a handler may have a message in hand; 5 minutes when absent. */
  readonly handleMs?: number;
  readonly onExchange: () => void;
  readonly onMessage: (message: ServiceBusReceivedMessage) => void;
  readonly onSettled: (outcome: SettledAs) => void;
  /** A fault that concerns one message only. */
  readonly onFault: (error: unknown, message: ServiceBusReceivedMessage, doing: string) => void;
}

/** How much longer than asked a receive may take before it counts as hung (azure.md 6.3, trap 8). */
const RECEIVE_MARGIN_MS = 20_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const HANDLE_MS = 300_000;
const ABANDON_PAUSE_MS = 250;
const ABANDON_PAUSE_LIMIT_MS = 10_000;

/**
 * Receives one message after the other, each call bounded in time. Pulling, not `subscribe`: a call that returns proves the link,
 * one that throws says why, and none of the SDK's endless retry loops runs (azure.md 6.3, traps 1, 2, 4 to 6, 8).
 *
 * Rejects with the SDK's error when receiving fails; resolves once the signal is aborted.
 */
export async function runReceiveLoop(options: LoopOptions): Promise<void> {
  const { signal, firstWaitMs, waitMs } = options;
  // The first call is short, so that state tells soon whether anybody answers.
  for (let receive = openAndReceive, wait = firstWaitMs; !signal.aborted; wait = waitMs) {
    const release = await options.slots.take(signal);
    if (release === undefined) return;
    try {
      const messages = await receive(options, wait);
      receive = receiveOnOpenLink;
      if (!signal.aborted) options.onExchange();
      for (const message of messages) await handleMessage(message, options);
    } finally {
      release();
    }
  }
}

type Received = readonly ServiceBusReceivedMessage[];

/**
 * The first receive opens the link, and the SDK must not be asked to abort that: it would close the half-open link without looking
 * at the outcome, and when the service refuses the link (a missing queue, a role taken away) nobody handles the rejection and
 * Node ends the process. So the call is left behind instead; whatever it still brings is given back.
 */
async function openAndReceive(options: LoopOptions, waitMs: number): Promise<Received> {
  const { receiver, signal } = options;
  const hung = AbortSignal.timeout(waitMs + RECEIVE_MARGIN_MS);
  const receiving = receiver.receiveMessages(1, { maxWaitTimeInMs: waitMs });
  const leaving = new AbortController();
  const left = waitFor(LONGEST_TIMER_MS, AbortSignal.any([signal, hung, leaving.signal]));
  const messages = await Promise.race([receiving, left]).finally(() => {
    leaving.abort();
  });
  if (messages !== undefined) return messages;
  receiving
    .then(
      (late) => Promise.all(late.map((message) => receiver.abandonMessage(message))),
      () => undefined,
    )
    .catch(() => undefined);
  if (signal.aborted) return [];
  throw receiverHangs(hung.reason);
}

async function receiveOnOpenLink(options: LoopOptions, waitMs: number): Promise<Received> {
  const { receiver, signal } = options;
  const hung = AbortSignal.timeout(waitMs + RECEIVE_MARGIN_MS);
  const abortSignal = AbortSignal.any([signal, hung]);
  try {
    return await receiver.receiveMessages(1, { maxWaitTimeInMs: waitMs, abortSignal });
  } catch (error) {
    if (signal.aborted) return [];
    throw hung.aborted ? receiverHangs(error) : error;
  }
}

function receiverHangs(cause: unknown): ServiceError<BusErrorCode> {
  const message = 'a receive on the queue did not end in its time';
  return new ServiceError<BusErrorCode>('BUS_TIMEOUT', message, { retryable: true, cause });
}

async function handleMessage(
  message: ServiceBusReceivedMessage,
  options: LoopOptions,
): Promise<void> {
  const { receiver, onFault } = options;
  options.onMessage(message);
  const lock = keepLock(message, receiver, (error) => {
    onFault(error, message, 'renew the lock of');
  });
  try {
    const outcome = await callHandler(message, options);
    await settle(message, outcome, options);
  } catch (error) {
    // The lock runs out and the message comes again: nothing is lost, and the loop goes on.
    onFault(error, message, 'settle');
  } finally {
    lock.release();
  }
}

async function callHandler(
  message: ServiceBusReceivedMessage,
  { handler, onFault, handleMs = HANDLE_MS }: LoopOptions,
): Promise<MessageOutcome> {
  const handled = new AbortController();
  // One that never ends would hold its lock, and its place among the messages in hand, for ever.
  const late = waitFor(handleMs, handled.signal).then(() => handlerHangs());
  try {
    const handling = handler({
      id: String(message.messageId ?? ''),
      body: message.body,
      deliveryCount: message.deliveryCount ?? 0,
    });
    const outcome = await Promise.race([handling, late]);
    if (!(outcome instanceof ServiceError)) return outcome;
    handling.catch(() => undefined);
    throw outcome;
  } catch (error) {
    onFault(error, message, 'handle');
    return 'abandon';
  } finally {
    handled.abort();
  }
}

function handlerHangs(): ServiceError<BusErrorCode> {
  const message = 'a message was not handled in its time';
  return new ServiceError<BusErrorCode>('BUS_TIMEOUT', message, { retryable: true });
}

async function settle(
  message: ServiceBusReceivedMessage,
  outcome: MessageOutcome,
  { receiver, signal, onSettled }: LoopOptions,
): Promise<void> {
  if (outcome === 'complete') {
    await receiver.completeMessage(message);
    return onSettled('completed');
  }
  if (outcome === 'abandon') {
    // An abandoned message is redelivered at once: without a pause ten of those take a few milliseconds and a hint is gone.
    const pause = Math.min(
      ABANDON_PAUSE_MS * 2 ** (message.deliveryCount ?? 0),
      ABANDON_PAUSE_LIMIT_MS,
    );
    await waitFor(pause, signal);
    await receiver.abandonMessage(message);
    return onSettled('abandoned');
  }
  await receiver.deadLetterMessage(message, {
    deadLetterReason: outcome.deadLetter.reason.slice(0, 4096),
    deadLetterErrorDescription: outcome.deadLetter.description.slice(0, 4096),
  });
  return onSettled('deadLettered');
}

/** Resolves after a time or at once when the signal is aborted; never rejects. */
export async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener('abort', finish, { once: true });
  });
}
