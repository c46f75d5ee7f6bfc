/** A bare HTTP client for the contract suite: what goes over the wire, no library's view of it. */
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly code: number;
  readonly body: Json;
  readonly text: string;
  readonly warnings: readonly string[];
}

export interface WatchedEvent {
  readonly type: string;
  readonly object: Json;
}

export interface Watch {
  /** The next event. Fails when the stream ends first or nothing comes within the suite's patience. */
  next(): Promise<WatchedEvent>;
  /** Every event until the server ends the stream. */
  rest(): Promise<WatchedEvent[]>;
  close(): void;
}

export interface Client {
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  patch(kind: PatchKind, path: string, body: unknown): Promise<Answer>;
  watch(path: string): Promise<Watch>;
  /** Repeats a request until its answer satisfies; a real server's caches follow a write some milliseconds later. */
  until(ask: () => Promise<Answer>, isDone: (answer: Answer) => boolean): Promise<Answer>;
  close(): Promise<void>;
}

export const PATCHES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
export type PatchKind = keyof typeof PATCHES;

const PATIENCE_MS = 20_000;

const kubeconfigShape = z.object({
  clusters: z.tuple([
    z.object({
      cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }),
    }),
  ]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

function parseBody(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

async function* readEvents(body: AsyncIterable<Buffer>): AsyncGenerator<WatchedEvent> {
  let pending = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const lines = `${pending}${decoder.decode(chunk, { stream: true })}`.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') yield JSON.parse(line) as WatchedEvent;
    }
  }
}

export function createClient(kubeconfig: string, token?: string): Client {
  const config = kubeconfigShape.parse(parse(kubeconfig));
  const { server, 'certificate-authority-data': authority } = config.clusters[0].cluster;
  const dispatcher = new Agent({
    connect: { ca: Buffer.from(authority, 'base64').toString('utf8') },
    bodyTimeout: 0,
  });
  const authorization = `Bearer ${token ?? config.users[0].user.token}`;

  const send: Client['send'] = async (method, path, body, headers = {}) => {
    const response = await request(`${server}${path}`, {
      method: method as 'GET',
      dispatcher,
      headers: {
        authorization,
        'content-type': 'application/json',
        'user-agent': 'contract/1',
        ...headers,
      },
      signal: AbortSignal.timeout(PATIENCE_MS),
      body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
    });
    const text = await response.body.text();
    const warning = response.headers['warning'] ?? [];
    return {
      code: response.statusCode,
      body: parseBody(text),
      text,
      warnings: Array.isArray(warning) ? warning : [warning],
    };
  };

  return {
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    patch: (kind, path, body) => send('PATCH', path, body, { 'content-type': PATCHES[kind] }),
    async watch(path) {
      const controller = new AbortController();
      const response = await request(`${server}${path}`, {
        dispatcher,
        headers: { authorization },
        signal: AbortSignal.any([controller.signal, AbortSignal.timeout(PATIENCE_MS)]),
      });
      const events = readEvents(response.body);
      return {
        async next() {
          const event = await events.next();
          if (event.done === true) throw new Error('the watch ended');
          return event.value;
        },
        async rest() {
          const found: WatchedEvent[] = [];
          for await (const event of events) found.push(event);
          return found;
        },
        close() {
          response.body.on('error', () => undefined);
          controller.abort();
        },
      };
    },
    async until(ask, isDone) {
      const deadline = AbortSignal.timeout(PATIENCE_MS);
      for (;;) {
        const answer = await ask();
        if (isDone(answer)) return answer;
        if (deadline.aborted)
          throw new Error(`gave up waiting; last answer ${String(answer.code)} ${answer.text}`);
      }
    },
    close: () => dispatcher.close(),
  };
}

/** Reads a nested value of an answer. */
export function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Json | undefined)?.[key] ?? undefined, value);
}

export function text(value: unknown, path: string): string {
  return String(at(value, path));
}
