import { EventEmitter } from 'node:events';
import type { PgliteDatabase } from './pglite-database.ts';

/** What BullMQ asks of a `pg.Pool`: it checks for these and nothing else. */
export interface PglitePool extends EventEmitter {
  readonly options: { readonly keepAlive: true };
  connect(): Promise<PgliteClient>;
  query(query: Query, parameters?: readonly unknown[]): Promise<Result>;
  end(): Promise<void>;
}

export interface PgliteClient extends EventEmitter {
  query(query: Query, parameters?: readonly unknown[]): Promise<Result>;
  release(): void;
}

type Query = string | { readonly text: string; readonly values?: readonly unknown[] };

interface Result {
  // oxlint-disable-next-line typescript/no-explicit-any -- rows are the database's own; BullMQ's PgQueryResult says the same
  readonly rows: any[];
  readonly rowCount: number;
}

const LISTEN = /^\s*(?<word>UN)?LISTEN\s+(?<channel>"[^"]+"|[\w$]+|\*)\s*;?\s*$/iu;

/**
 * A database with the face of a `pg.Pool`. All clients share its one session, which is safe because at run time BullMQ sends single
 * statements only; LISTEN and UNLISTEN go the database's own way.
 */
export function createPglitePool(database: PgliteDatabase): PglitePool {
  const run = async (query: Query, parameters: readonly unknown[] | undefined): Promise<Result> => {
    const { text, values } = typeof query === 'string' ? { text: query, values: [] } : query;
    const { rows, rowCount } = await database.query(text, parameters ?? values ?? []);
    return { rows: [...rows], rowCount };
  };

  const connect = (): PgliteClient => {
    const client = new EventEmitter();
    const channels = new Map<string, () => Promise<void>>();

    const listen = async (channel: string): Promise<void> => {
      if (channels.has(channel)) return;
      const stop = await database.listen(channel, (payload) => {
        client.emit('notification', { channel, payload });
      });
      channels.set(channel, stop);
    };
    const unlisten = async (channel: string): Promise<void> => {
      const names = channel === '*' ? [...channels.keys()] : [channel];
      for (const name of names) {
        const stop = channels.get(name);
        channels.delete(name);
        await stop?.();
      }
    };
    const query = async (asked: Query, parameters?: readonly unknown[]): Promise<Result> => {
      const text = typeof asked === 'string' ? asked : asked.text;
      const groups = LISTEN.exec(text.replace(/^\s*--.*$/gmu, ''))?.groups;
      if (groups === undefined) return await run(asked, parameters);
      const channel = (groups['channel'] ?? '').replaceAll('"', '');
      await (groups['word'] === undefined ? listen(channel) : unlisten(channel));
      return { rows: [], rowCount: 0 };
    };
    const release = (): void => {
      client.removeAllListeners();
      // The session outlives the client: what it listened to must not.
      unlisten('*').catch(() => undefined);
    };
    return Object.assign(client, { query, release });
  };

  return Object.assign(new EventEmitter(), {
    options: { keepAlive: true } as const,
    connect: () => Promise.resolve(connect()),
    query: run,
    end: () => database.close(),
  });
}
