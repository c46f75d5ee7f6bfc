import { createPostgresBackend, runMigrations, type ConnectionOptions } from 'bullmq';
import { openPgliteDatabase, type PgliteDatabase } from './pglite-database.ts';
import { createPglitePool } from './pglite-pool.ts';
import type { QueueBackend } from './queue-backend.ts';

/** BullMQ's PostgreSQL backend on a database in this process. It costs about 400 MiB, all of it gone with `close`. */
export async function openPglite(signal: AbortSignal): Promise<QueueBackend> {
  const database = await openPgliteDatabase(signal);
  try {
    return await prepare(database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Makes BullMQ's tables in an empty database. */
export async function prepare(database: PgliteDatabase): Promise<QueueBackend> {
  const pool = createPglitePool(database);
  const client = await pool.connect();
  await runMigrations(client);
  client.release();
  return {
    // BullMQ checks for `connect`, `query` and `end`; its type names the whole of `pg.Pool`.
    connection: pool as unknown as ConnectionOptions,
    factory: createPostgresBackend,
    prefix: 'keyward',
    isConnected: () => database.isOpen(),
    close: async () => {
      await database.close().catch(() => undefined);
    },
  };
}
