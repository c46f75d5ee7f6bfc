import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import type { SettledAs } from '../../../../platform/bus/receive-loop.ts';
import type { MessageHandler } from '../../../../platform/bus/hint-source.ts';
import { createSlots } from '../../../../platform/bus/slots.ts';

export interface FakeMessage {
  readonly messageId?: string;
  readonly body?: unknown;
  readonly deliveryCount?: number;
  lockedUntilUtc?: Date;
}

type Answer = readonly FakeMessage[] | Promise<readonly FakeMessage[]> | Error;

/** The part of the SDK's receiver that the loop uses, with a record of what it was asked. */
export function createFakeReceiver() {
  const calls: string[] = [];
  const answers: Answer[] = [];
  const waits: (number | undefined)[] = [];
  /** Whether each receive could have been aborted. */
  const abortable: boolean[] = [];
  const reasons: unknown[] = [];
  /** Thrown by the operation of that name. */
  const faults = new Map<string, Error>();
  let whenIdle = Promise.withResolvers<undefined>();

  const act = (name: string) => (message: FakeMessage) => {
    calls.push(`${name} ${message.messageId ?? '-'}`);
    const fault = faults.get(name);
    return fault === undefined ? Promise.resolve() : Promise.reject(fault);
  };
  const receiver = {
    receiveMessages: async (
      count: number,
      options: { maxWaitTimeInMs?: number; abortSignal?: AbortSignal },
    ) => {
      calls.push(`receive ${count}`);
      waits.push(options.maxWaitTimeInMs);
      abortable.push(options.abortSignal !== undefined);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      if (answer !== undefined) return await answer;
      whenIdle.resolve(undefined);
      return await new Promise<never>((_resolve, reject) => {
        options.abortSignal?.addEventListener('abort', () => {
          reject(Object.assign(new Error('aborted'), { name: 'AbortError' }));
        });
      });
    },
    completeMessage: act('complete'),
    abandonMessage: act('abandon'),
    deadLetterMessage: (message: FakeMessage, why: unknown) => {
      reasons.push(why);
      return act('deadLetter')(message);
    },
    renewMessageLock: act('renew'),
  };
  return {
    receiver: receiver as unknown as ServiceBusReceiver,
    calls,
    waits,
    abortable,
    reasons,
    faults,
    /** Answers of the next receives, in order; beyond them a receive waits until it is aborted. */
    prepare: (...next: Answer[]) => {
      answers.push(...next);
      whenIdle = Promise.withResolvers();
    },
    idle: () => whenIdle.promise,
  };
}

/** What the loop tells, written down. */
export function createRecord(handler: MessageHandler) {
  const exchanges = { count: 0 };
  const settled: SettledAs[] = [];
  const faults: string[] = [];
  const stop = new AbortController();
  return {
    exchanges,
    settled,
    faults,
    stop: () => {
      stop.abort(new Error('test is over'));
    },
    options: {
      handler,
      signal: stop.signal,
      slots: createSlots(1),
      firstWaitMs: 500,
      waitMs: 25_000,
      onExchange: () => {
        exchanges.count += 1;
      },
      onMessage: () => undefined,
      onSettled: (outcome: SettledAs) => settled.push(outcome),
      onFault: (error: unknown, _message: ServiceBusReceivedMessage, doing: string) =>
        faults.push(`${doing}: ${(error as Error).message}`),
    },
  };
}
