import { z } from 'zod';
import type { HttpsAnswer, HttpsRequest } from '../../platform/http/https-server.ts';
import { readBody } from '../read-body.ts';

/** Who may ask to send CloudEvents here: Event Grid, and nobody else's webhook machine. */
const ORIGIN = 'eventgrid.azure.net';

/**
 * The CloudEvents handshake (azure.md 4.2): a sender asks before it sends, so that nobody makes it flood a stranger. It proves nothing
 * about the deliveries that follow, each of which carries a token. `WebHook-Request-Callback` is an address that anybody could have
 * written: it is never called.
 */
export function answerPermission(
  { headers }: HttpsRequest,
  requestsPerMinute: number,
): HttpsAnswer | undefined {
  if (headers['webhook-request-origin'] !== ORIGIN) return undefined;
  const asked = Number(headers['webhook-request-rate']);
  const rate = asked >= 1 ? Math.min(Math.floor(asked), requestsPerMinute) : requestsPerMinute;
  return {
    status: 200,
    headers: {
      allow: 'POST',
      'webhook-allowed-origin': ORIGIN,
      'webhook-allowed-rate': String(rate),
    },
  };
}

const VALIDATION = z.object({
  eventType: z.literal('Microsoft.EventGrid.SubscriptionValidationEvent'),
  data: z.object({ validationCode: z.string().regex(/^[\w-]{1,128}$/u) }),
});

/**
 * The handshake of the Event Grid schema: the code of its one event goes back. The `validationUrl` beside it is for people who cannot
 * answer; it is never fetched. Undefined: this is no such event.
 */
export function answerValidation(body: Uint8Array): HttpsAnswer | undefined {
  const read = readBody(body);
  if (!read.ok || read.events.length !== 1) return undefined;
  const parsed = VALIDATION.safeParse(read.events[0]);
  if (!parsed.success) return undefined;
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ validationResponse: parsed.data.data.validationCode }),
    keepAlive: true,
  };
}
