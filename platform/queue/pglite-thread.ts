/**
 * PostgreSQL in memory, on a thread of its own (the entry of a `node:worker_threads` Worker): its start keeps a processor busy for two
 * seconds, in which reconciling must not stand still.
 */
import { parentPort } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { describeError } from '../observe/describe-error.ts';
import type { ThreadRequest, ThreadAnswer, ThreadResult } from './pglite-messages.ts';

const JSON_TYPES = [114, 3802];
const serializeJson = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
const serializers = Object.fromEntries(JSON_TYPES.map((type) => [type, serializeJson]));

/** Nothing in it outlives the process: no safety of disks, and as little memory as it works with. */
const SETTINGS = [
  'shared_buffers = 16MB',
  'max_wal_size = 32MB',
  'min_wal_size = 32MB',
  'wal_level = minimal',
  'max_wal_senders = 0',
  'fsync = off',
  'full_page_writes = off',
  'synchronous_commit = off',
];
/** There is no autovacuum in a single session: dead rows would pile up for ever. */
const CLEAN_INTERVAL_MS = 60_000;
const WORTH_CLEANING = 1000;

const port = parentPort;
if (port === null) throw new TypeError('this is the entry of a thread');
const database = await PGlite.create({ postgresqlconf: SETTINGS });
let queries = 0;
await database.exec('create schema if not exists bullmq; set search_path to bullmq');
const listening = new Map<string, () => Promise<void>>();

const answer = (message: ThreadAnswer): void => {
  port.postMessage(message);
};

async function perform(request: ThreadRequest): Promise<ThreadResult> {
  switch (request.kind) {
    case 'query':
      return await runQuery(request.text, request.parameters);
    case 'listen': {
      const { channel } = request;
      const stop = await database.listen(quoteChannel(channel), (payload) => {
        answer({ kind: 'notification', channel, payload });
      });
      listening.set(channel, stop);
      return { rows: [], rowCount: 0 };
    }
    case 'unlisten': {
      const stop = listening.get(request.channel);
      listening.delete(request.channel);
      await stop?.();
      return { rows: [], rowCount: 0 };
    }
  }
}

async function runQuery(text: string, parameters: readonly unknown[]): Promise<ThreadResult> {
  queries += 1;
  if (parameters.length === 0) {
    const last = (await database.exec(text)).at(-1);
    return toResult(last?.rows ?? [], last?.affectedRows);
  }
  const result = await database.query(text, [...parameters], { serializers });
  return toResult(result.rows, result.affectedRows);
}

function toResult(rows: readonly unknown[], affectedRows: number | undefined): ThreadResult {
  return { rows, rowCount: affectedRows || rows.length };
}

function quoteChannel(channel: string): string {
  return /^[a-z_][a-z0-9_]*$/u.test(channel) ? channel : `"${channel}"`;
}

async function handle(id: number, request: ThreadRequest): Promise<void> {
  try {
    answer({ kind: 'result', id, result: await perform(request) });
  } catch (error) {
    const { code, message } = describeError(error);
    answer({ kind: 'error', id, message, ...(code === undefined ? {} : { code }) });
  }
}

async function clean(): Promise<void> {
  if (queries < WORTH_CLEANING) return;
  queries = 0;
  await database.exec('vacuum');
  await database.exec('checkpoint');
}

setInterval(() => {
  // A failure here is met again by the queries themselves.
  clean().catch(() => undefined);
}, CLEAN_INTERVAL_MS).unref();
port.on('message', ({ id, request }: { id: number; request: ThreadRequest }) => {
  void handle(id, request);
});
answer({ kind: 'ready' });
