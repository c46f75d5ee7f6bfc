import { asInt, asSymbol, asTimestamps, asUuid, encodeMessage } from './amqp.ts';
import type { AmqpMessage } from './amqp.ts';
import { encodeStored, presentMessage, swapGuidOrder } from './encoding.ts';
import type { Outcome, Queue } from './queue.ts';

const LOCK_LOST = 'com.microsoft:message-lock-lost';

interface Reply {
  readonly status: number;
  readonly description: string;
  readonly condition?: string;
  readonly body?: unknown;
}

/** `<entity>/$management` (azure.md 7.6): what a client asks for outside its receiving link. */
export function answerManagement(request: AmqpMessage, queue: Queue): AmqpMessage {
  const operation = String(request.application_properties?.['operation']);
  const reply = perform(operation, asRecord(request.body), queue);
  return {
    ...(request.message_id === undefined ? {} : { correlation_id: request.message_id }),
    application_properties: {
      statusCode: asInt(reply.status),
      statusDescription: reply.description,
      ...(reply.condition === undefined ? {} : { errorCondition: asSymbol(reply.condition) }),
    },
    body: reply.body ?? null,
  };
}

function perform(operation: string, body: Record<string, unknown>, queue: Queue): Reply {
  switch (operation) {
    case 'com.microsoft:renew-lock':
      return renewLocks(body, queue);
    case 'com.microsoft:update-disposition':
      return updateDisposition(body, queue);
    case 'com.microsoft:peek-message':
      return peekMessages(body, queue);
    case 'com.microsoft:receive-by-sequence-number':
      return receiveDeferred(body, queue);
    default:
      return {
        status: 501,
        description: `${operation} is not implemented`,
        condition: 'amqp:not-implemented',
      };
  }
}

function renewLocks(body: Record<string, unknown>, queue: Queue): Reply {
  const expirations = lockTokens(body).map((token) => queue.renew(token));
  const known = expirations.filter((expiration) => expiration !== undefined);
  if (known.length === 0 || known.length < expirations.length) return lockLost();
  return { status: 200, description: 'OK', body: { expirations: asTimestamps(known) } };
}

function updateDisposition(body: Record<string, unknown>, queue: Queue): Reply {
  const outcome = readOutcome(body);
  if (outcome === undefined) {
    return {
      status: 400,
      description: 'unknown disposition-status',
      condition: 'amqp:not-allowed',
    };
  }
  const isSettled = lockTokens(body).map((token) => queue.settle(token, outcome));
  return isSettled.length > 0 && isSettled.every(Boolean)
    ? { status: 200, description: 'OK' }
    : lockLost();
}

function peekMessages(body: Record<string, unknown>, queue: Queue): Reply {
  const found = queue.peek(Number(body['from-sequence-number']), Number(body['message-count']));
  if (found.length === 0) return { status: 204, description: 'No messages' };
  const messages = found.map((stored) => ({ message: encodeStored(stored) }));
  return { status: 200, description: 'OK', body: { messages } };
}

function receiveDeferred(body: Record<string, unknown>, queue: Queue): Reply {
  const numbers = Array.isArray(body['sequence-numbers']) ? body['sequence-numbers'] : [];
  const locks = numbers
    .map((number) => queue.takeDeferred(Number(number)))
    .filter((lock) => lock !== undefined);
  if (locks.length === 0) {
    const description = 'The specified message does not exist.';
    return { status: 410, description, condition: 'com.microsoft:message-not-found' };
  }
  const messages = locks.map(({ token, lockedUntil, stored }) => ({
    message: encodeMessage(presentMessage(stored, { lockedUntil })),
    'lock-token': asUuid(swapGuidOrder(Buffer.from(token, 'hex'))),
  }));
  // Receive-and-delete: taken for good at once.
  if (Number(body['receiver-settle-mode']) === 0) {
    for (const { token } of locks) queue.settle(token, { kind: 'complete' });
  }
  return { status: 200, description: 'OK', body: { messages } };
}

function readOutcome(body: Record<string, unknown>): Outcome | undefined {
  const properties = asRecord(body['properties-to-modify']);
  switch (body['disposition-status']) {
    case 'completed':
      return { kind: 'complete' };
    case 'abandoned':
      return { kind: 'abandon', properties };
    // Microsoft's own spelling.
    case 'defered':
      return { kind: 'defer', properties };
    case 'suspended':
      return {
        kind: 'deadLetter',
        properties: {
          ...properties,
          DeadLetterReason: body['deadletter-reason'] ?? '',
          DeadLetterErrorDescription: body['deadletter-description'] ?? '',
        },
      };
    default:
      return undefined;
  }
}

function lockTokens(body: Record<string, unknown>): string[] {
  const tokens = body['lock-tokens'];
  if (!Array.isArray(tokens)) return [];
  return tokens
    .filter((token): token is Buffer => Buffer.isBuffer(token) && token.length === 16)
    .map((token) => swapGuidOrder(token).toString('hex'));
}

function lockLost(): Reply {
  return {
    status: 410,
    description:
      'The lock supplied is invalid. Either the lock expired, or the message was removed.',
    condition: LOCK_LOST,
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
