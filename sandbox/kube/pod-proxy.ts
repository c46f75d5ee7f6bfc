/** `pods/<name>:<port>/proxy/…`: forwards to where the sandbox says that pod listens. */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { badRequest, failure, notFound } from './status-errors.ts';

export interface PodEndpoint {
  readonly host: string;
  readonly port: number;
}

export type PodEndpoints = (
  namespace: string,
  name: string,
  port: string,
) => PodEndpoint | undefined;

export interface ProxyTarget {
  readonly namespace: string;
  /** `[scheme:]name[:port]` as in the URL */
  readonly address: string;
  readonly path: string;
}

const PROXY_TIMEOUT_MS = 30_000;

/** @throws StatusError 404 for a pod that listens nowhere, 503 when it does not answer */
export async function proxyToPod(
  endpoints: PodEndpoints,
  target: ProxyTarget,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts = target.address.split(':');
  const scheme = parts.length === 3 ? parts.shift() : 'http';
  const [name = '', port = ''] = parts;
  if (scheme !== 'http' && scheme !== 'https')
    throw badRequest(`invalid proxy scheme "${String(scheme)}"`);
  const endpoint = endpoints(target.namespace, name, port);
  if (endpoint === undefined) throw notFound({ group: '', plural: 'pods', kind: 'Pod' }, name);
  const { authorization: _token, host: _host, ...headers } = incoming.headers;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      const message = `error trying to reach service: ${error.message}`;
      reject(failure(503, 'ServiceUnavailable', message));
    };
    const options = {
      ...endpoint,
      path: target.path,
      method: incoming.method,
      headers,
      signal: AbortSignal.timeout(PROXY_TIMEOUT_MS),
      agent: false as const,
    };
    // A real API server does not verify a pod's serving certificate on this path either.
    const outgoing =
      scheme === 'https'
        ? httpsRequest({ ...options, rejectUnauthorized: false })
        : httpRequest(options);
    outgoing.on('error', fail);
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', fail);
      answer.on('end', resolve);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  });
}
