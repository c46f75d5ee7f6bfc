import type { ServerResponse } from 'node:http';
import type { Answer, Operation } from './exchange.ts';

/** What a registry can do to its client. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'rubbish'; readonly body?: string; readonly contentType?: string }
  | { readonly kind: 'slow-body' }
  | { readonly kind: 'endless-body' }
  | { readonly kind: 'short-body' }
  | { readonly kind: 'wrong-digest-header' }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> };

export interface FaultScope {
  /** Only this kind of request; all when absent. */
  readonly on?: Operation;
  /** Only paths that contain this text. */
  readonly path?: string;
  /** How often it strikes; until cleared when absent. */
  readonly times?: number;
}

export interface Faults {
  set(fault: Fault, scope?: FaultScope): void;
  clear(): void;
}

interface Armed {
  readonly fault: Fault;
  readonly scope: FaultScope;
  left: number;
}

export interface FaultLayer extends Faults {
  take(operation: Operation, path: string): Fault | undefined;
}

export function createFaults(): FaultLayer {
  let armed: Armed[] = [];
  return {
    set: (fault, scope = {}) => {
      armed.push({ fault, scope, left: scope.times ?? Number.POSITIVE_INFINITY });
    },
    clear: () => {
      armed = [];
    },
    take: (operation, path) => {
      const hit = armed.find(
        ({ scope, left }) =>
          left > 0 &&
          (scope.on ?? operation) === operation &&
          (scope.path === undefined || path.includes(scope.path)),
      );
      if (hit === undefined) return undefined;
      hit.left -= 1;
      return hit.fault;
    },
  };
}

/** Sends `answer` as `fault` would have it. Timers and streams end with the response. */
export function sendFaulty(response: ServerResponse, fault: Fault, answer: Answer): void {
  switch (fault.kind) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.destroy();
      return;
    case 'slow-body':
    case 'endless-body':
    case 'short-body':
      sendFaultyBody(response, fault.kind, answer);
      return;
    case 'status':
    case 'rubbish':
    case 'wrong-digest-header':
    case 'redirect':
    case 'headers': {
      const { status, headers, body } = distort(fault, answer);
      response.writeHead(status, headers);
      response.end(body);
    }
  }
}

type DistortingFault = Extract<
  Fault,
  { kind: 'status' | 'rubbish' | 'wrong-digest-header' | 'redirect' | 'headers' }
>;

function distort(fault: DistortingFault, answer: Answer): Answer {
  if (fault.kind === 'redirect') return { status: 307, headers: { location: fault.location } };
  if (fault.kind === 'status') {
    const retry = fault.retryAfterSeconds;
    return {
      status: fault.status,
      headers: retry === undefined ? {} : { 'retry-after': String(retry) },
      body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"fault"}]}',
    };
  }
  if (fault.kind === 'rubbish') {
    const type = fault.contentType ?? answer.headers?.['content-type'];
    return {
      status: 200,
      headers: { 'content-type': type ?? 'application/octet-stream' },
      body: fault.body ?? '\u0000rubbish{',
    };
  }
  const added =
    fault.kind === 'headers'
      ? fault.headers
      : { 'docker-content-digest': `sha256:${'0'.repeat(64)}` };
  return { ...answer, headers: { ...answer.headers, ...added } };
}

function sendFaultyBody(
  response: ServerResponse,
  kind: 'slow-body' | 'endless-body' | 'short-body',
  answer: Answer,
): void {
  const body = Buffer.from(answer.body ?? '');
  if (kind === 'endless-body') {
    response.writeHead(200, { ...answer.headers });
    pour(response);
    return;
  }
  response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length });
  if (kind === 'slow-body') {
    drip(response, body);
    return;
  }
  // Destroying the socket rather than ending: the promised bytes never come.
  response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
}

/** One byte every 200 ms: the slow-loris of a server (A127). */
function drip(response: ServerResponse, body: Buffer): void {
  let position = 0;
  const timer = setInterval(() => {
    if (position >= body.length) response.end();
    else response.write(body.subarray(position, position + 1));
    position += 1;
  }, 200);
  response.once('close', () => {
    clearInterval(timer);
  });
}

function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  const push = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', push);
  push();
}
