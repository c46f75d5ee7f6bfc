import type { BusEntity } from '../../../platform/bus/session.ts';

export type { BusEntity };

/** A message as a client library shows it. `handle` names it in later calls. */
export interface SeenMessage {
  readonly handle: string;
  readonly body: string;
  readonly messageId: string | null;
  readonly contentType: string | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deliveryCount: number;
  readonly sequenceNumber: number;
  readonly enqueuedAt: number;
  readonly lockedUntil: number | null;
  readonly deadLetterReason: string | null;
  readonly deadLetterDescription: string | null;
  readonly deadLetterSource: string | null;
}

export interface OutgoingMessage {
  readonly body: string;
  readonly messageId?: string;
  readonly contentType?: string;
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}

export type Settlement = 'complete' | 'abandon' | 'defer' | 'deadLetter';
/** Faults in words that both libraries' errors are mapped to. */
export type Fault = 'lockLost' | 'unauthorized' | 'notFound' | 'other';
export type Result<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: Fault };

export interface ReceiveOptions {
  readonly count: number;
  readonly waitMs: number;
  readonly mode?: 'peekLock' | 'receiveAndDelete';
  readonly deadLetters?: boolean;
}

/** One Service Bus client library, as the contract's behaviours use it. */
export interface BusClient {
  send(messages: readonly OutgoingMessage[]): Promise<Result<null>>;
  receive(options: ReceiveOptions): Promise<Result<readonly SeenMessage[]>>;
  /** A second receiver on the same queue or subscription, with a link of its own. */
  receiveBeside(options: ReceiveOptions): Promise<Result<readonly SeenMessage[]>>;
  receiveDeferred(sequenceNumber: number): Promise<Result<readonly SeenMessage[]>>;
  settle(handle: string, as: Settlement): Promise<Result<null>>;
  renew(handle: string): Promise<Result<number>>;
  peek(count: number): Promise<Result<readonly SeenMessage[]>>;
  close(): Promise<void>;
}

/** What every dead-lettering in the contract says, in both libraries. */
export const DEAD_LETTER = { reason: 'NotAnEvent', description: 'the body is not JSON' } as const;

export function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(`the client library failed: ${result.fault}`);
  return result.value;
}
