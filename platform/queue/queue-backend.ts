import type { ConnectionOptions } from 'bullmq';

/** What BullMQ runs on. */
export interface QueueBackend {
  readonly connection: ConnectionOptions;
  /** Undefined: BullMQ's own, Redis. */
  readonly factory: unknown;
  readonly prefix: string;
  isConnected(): boolean;
  /** Ends every connection, however it stands with what is at its other end. Never rejects. */
  close(): Promise<void>;
}
