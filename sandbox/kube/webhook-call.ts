/** One call of one admission webhook over TLS: address, deadline, and a checked answer. */
import { Agent, request as httpsRequest } from 'node:https';
import { z } from 'zod';
import type { JsonRecord } from './objects.ts';
import type { Webhook } from './webhook-configuration.ts';

export interface ServiceEndpoint {
  readonly host: string;
  readonly port: number;
}

/** Where a Service's ready endpoints listen; empty means none is ready. */
export type ServiceEndpoints = (
  namespace: string,
  name: string,
  port: number,
) => readonly ServiceEndpoint[];

const answer = z.object({
  apiVersion: z.string(),
  kind: z.literal('AdmissionReview'),
  response: z.object({
    uid: z.string(),
    allowed: z.boolean(),
    status: z
      .looseObject({
        status: z.string().optional(),
        message: z.string().optional(),
        reason: z.string().optional(),
        code: z.number().int().optional(),
      })
      .optional(),
    patch: z.string().optional(),
    patchType: z.string().optional(),
    warnings: z.array(z.string()).default([]),
    auditAnnotations: z.record(z.string(), z.string()).default({}),
  }),
});

export type WebhookResponse = z.infer<typeof answer>['response'];

/** The same cap a real server puts on what it reads from a webhook. */
const MAX_ANSWER_BYTES = 3 * 1024 * 1024;

export interface AdmissionReview {
  readonly kind: 'AdmissionReview';
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly request: JsonRecord & { readonly uid: string };
}

export interface WebhookCaller {
  /** @throws Error in the words a real server reports; the caller applies failurePolicy */
  call(webhook: Webhook, review: AdmissionReview): Promise<WebhookResponse>;
  close(): void;
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly servername: string;
  readonly shown: string;
}

function describeFailure(error: unknown, timeoutSeconds: number): string {
  if (!(error instanceof Error)) return String(error);
  const isTimeout = error.name === 'TimeoutError' || error.name === 'AbortError';
  return isTimeout ? `context deadline exceeded (${String(timeoutSeconds)}s)` : error.message;
}

export function createWebhookCaller(serviceEndpoints: ServiceEndpoints): WebhookCaller {
  const agent = new Agent({ keepAlive: true, maxCachedSessions: 0 });
  let turn = 0;

  const locate = ({ clientConfig, timeoutSeconds }: Webhook): Address => {
    const timeout = `timeout=${String(timeoutSeconds)}s`;
    if (clientConfig.url !== undefined) {
      const url = new URL(clientConfig.url);
      const shown = `${clientConfig.url}?${timeout}`;
      if (url.protocol !== 'https:') throw new Error(`Post "${shown}": url scheme must be https`);
      const path = `${url.pathname}?${timeout}`;
      return {
        host: url.hostname,
        port: Number(url.port || 443),
        path,
        servername: url.hostname,
        shown,
      };
    }
    const service = clientConfig.service ?? { namespace: '', name: '', path: '/', port: 443 };
    const servername = `${service.name}.${service.namespace}.svc`;
    const path = `${service.path}?${timeout}`;
    const shown = `https://${servername}:${String(service.port)}${path}`;
    const endpoints = serviceEndpoints(service.namespace, service.name, service.port);
    const chosen = endpoints[turn % Math.max(endpoints.length, 1)];
    turn += 1;
    if (chosen === undefined) {
      throw new Error(`Post "${shown}": no endpoints available for service "${service.name}"`);
    }
    return { ...chosen, path, servername, shown };
  };

  const post = async (webhook: Webhook, body: string, address: Address): Promise<string> =>
    await new Promise<string>((resolve, reject) => {
      const { host, port, path, servername } = address;
      const caBundle = webhook.clientConfig.caBundle ?? '';
      const outgoing = httpsRequest({
        agent,
        host,
        port,
        path,
        // SNI may not carry an address (RFC 6066 section 3); the certificate is checked against `host` then.
        ...(/^[\d.:]+$/.test(servername) ? {} : { servername }),
        ...(caBundle === '' ? {} : { ca: Buffer.from(caBundle, 'base64') }),
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        signal: AbortSignal.timeout(webhook.timeoutSeconds * 1000),
      });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) outgoing.destroy(new Error('the response is too large'));
          else chunks.push(chunk);
        });
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          if (status === 200) resolve(Buffer.concat(chunks).toString('utf8'));
          else
            reject(
              new Error(
                `an error on the server (status ${String(status)}) has prevented the request from succeeding`,
              ),
            );
        });
      });
      outgoing.end(body);
    });

  return {
    async call(webhook, review) {
      const address = locate(webhook);
      let text: string;
      try {
        text = await post(webhook, JSON.stringify(review), address);
      } catch (error) {
        const why = describeFailure(error, webhook.timeoutSeconds);
        throw new Error(`failed to call webhook: Post "${address.shown}": ${why}`, {
          cause: error,
        });
      }
      const parsed = answer.safeParse(parseJson(text));
      if (!parsed.success) {
        throw new Error(`received invalid webhook response: ${z.prettifyError(parsed.error)}`);
      }
      const { response } = parsed.data;
      if (response.uid !== review.request.uid) {
        throw new Error(
          `received invalid webhook response: expected response.uid="${review.request.uid}", got "${response.uid}"`,
        );
      }
      return response;
    },
    close() {
      agent.destroy();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
