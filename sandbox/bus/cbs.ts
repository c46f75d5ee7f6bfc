import { createHmac, timingSafeEqual } from 'node:crypto';
import { asInt } from './amqp.ts';
import type { AmqpMessage } from './amqp.ts';

export interface CbsFaults {
  cbsUnauthorized: boolean;
  cbsSilent: boolean;
}

export interface CbsAnswer {
  readonly status: number;
  readonly description: string;
  /** The entity that this connection may use from now on. */
  readonly entity?: string;
}

const SAS_SCHEME = 'SharedAccessSignature ';

/**
 * Claims-based security (azure.md 7.2). SAS tokens are verified with the namespace's key, so a client with a wrong key learns it
 * as it would from Azure; a JWT is taken as it is (the token service is another stand-in). Which of the two it is, the token says:
 * Microsoft's Python SDK announces its SAS tokens as `jwt`.
 */
export function judgeToken(request: AmqpMessage, key: string, faults: CbsFaults): CbsAnswer {
  const properties = request.application_properties ?? {};
  const audience = properties['name'];
  if (properties['operation'] !== 'put-token' || typeof audience !== 'string') {
    return { status: 400, description: 'put-token with a name is expected' };
  }
  const token = typeof request.body === 'string' ? request.body : '';
  const isJwt = properties['type'] === 'jwt' && !token.startsWith(SAS_SCHEME);
  const isGood = isJwt ? token !== '' : isSoundSas(token, key);
  if (faults.cbsUnauthorized || !isGood) {
    return { status: 401, description: 'InvalidSignature: The token has an invalid signature.' };
  }
  return { status: 202, description: 'Accepted', entity: entityOf(audience) };
}

/** `sb://host:port/queue/$management` → `queue`. */
export function entityOf(audience: string): string {
  const path = audience.replace(/^[a-z]+:\/\/[^/]*\//iu, '');
  return (path.split('/')[0] ?? '').toLowerCase();
}

export function answerOf(request: AmqpMessage, answer: CbsAnswer): AmqpMessage {
  return {
    ...(request.message_id === undefined ? {} : { correlation_id: request.message_id }),
    application_properties: {
      'status-code': asInt(answer.status),
      'status-description': answer.description,
    },
    body: null,
  };
}

function isSoundSas(token: string, key: string): boolean {
  if (!token.startsWith(SAS_SCHEME)) return false;
  const fields = new Map(
    token
      .slice(SAS_SCHEME.length)
      .split('&')
      .map((field): [string, string] => {
        const at = field.indexOf('=');
        return [field.slice(0, at), field.slice(at + 1)];
      }),
  );
  const resource = fields.get('sr');
  const expiry = fields.get('se');
  const signature = fields.get('sig');
  if (resource === undefined || expiry === undefined || signature === undefined) return false;
  if (Number(expiry) * 1000 <= Date.now()) return false;
  const expected = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest();
  const given = Buffer.from(decodeURIComponent(signature), 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
