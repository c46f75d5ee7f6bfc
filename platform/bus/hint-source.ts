/** One message as a queue hands it out. */
export interface BusMessage {
  /** The sender's MessageId; empty when it gave none. */
  readonly id: string;
  /** Bytes as sent, or what the AMQP value was. */
  readonly body: unknown;
  /** Earlier deliveries: 0 the first time. */
  readonly deliveryCount: number;
}

export type MessageOutcome =
  | 'complete'
  | 'abandon'
  | { readonly deadLetter: { readonly reason: string; readonly description: string } };

export type MessageHandler = (message: BusMessage) => Promise<MessageOutcome>;

export interface HintSourceState {
  /** The last exchange with the service worked. An empty queue is asked at least twice a minute. */
  readonly connected: boolean;
  /** Connections that failed one after the other until now; 0 while connected. */
  readonly failedAttempts: number;
  /** Milliseconds since the epoch. */
  readonly lastSuccessAt?: number;
  readonly lastMessageAt?: number;
  /** The newest fault; it stays after recovery, `connected` tells whether it is over. */
  readonly lastError?: {
    readonly code: BusErrorCode;
    readonly message: string;
    readonly at: number;
  };
}

/** Where hints come from. */
export interface HintSource {
  /**
   * Begins to receive and returns at once: the service may be down, then it keeps trying and `state()` says so. A message is settled as
   * the handler answers; when the handler throws it is given back after a pause. Throws a ServiceError with code `BUS_CONFIG` when
   * the configuration can never work.
   */
  start(handler: MessageHandler): Promise<void>;
  state(): HintSourceState;
  /**
   * Takes no further message, waits for handlers at most `deadlineMs`, then closes the connection within 2 s. What a handler still
   * holds then comes again when its lock runs out. Never throws.
   */
  stop(deadlineMs: number): Promise<void>;
}

/** docs/errors.md says what to do about each. */
export const BUS_ERROR_CODES = [
  'BUS_CONFIG',
  'BUS_IDENTITY',
  'BUS_UNAUTHORIZED',
  'BUS_QUEUE_NOT_FOUND',
  'BUS_THROTTLED',
  'BUS_TIMEOUT',
  'BUS_LOCK_LOST',
  'BUS_UNREACHABLE',
] as const;
export type BusErrorCode = (typeof BUS_ERROR_CODES)[number];
