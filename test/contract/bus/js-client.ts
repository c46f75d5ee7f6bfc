import { ServiceBusClient } from '@azure/service-bus';
import type {
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
  ServiceBusReceiverOptions,
} from '@azure/service-bus';
import { describeError } from '../../../platform/observe/describe-error.ts';
import { DEAD_LETTER } from './bus-client.ts';
import type {
  BusClient,
  BusEntity,
  Fault,
  ReceiveOptions,
  Result,
  SeenMessage,
} from './bus-client.ts';

/** The contract's client over `@azure/service-bus`. */
export function createJsClient(connectionString: string, entity: BusEntity): BusClient {
  const client = new ServiceBusClient(connectionString, {
    retryOptions: { maxRetries: 0, timeoutInMs: 10_000 },
  });
  const receivers = new Map<string, ServiceBusReceiver>();
  const held = new Map<
    string,
    { message: ServiceBusReceivedMessage; receiver: ServiceBusReceiver }
  >();
  let numbered = 0;

  const receiverFor = (options: Omit<ReceiveOptions, 'count' | 'waitMs'>, beside: boolean) => {
    const key = JSON.stringify([options.mode, options.deadLetters, beside]);
    const found = receivers.get(key);
    if (found !== undefined) return found;
    const receiver = createReceiver(client, entity, {
      receiveMode: options.mode ?? 'peekLock',
      maxAutoLockRenewalDurationInMs: 0,
      skipParsingBodyAsJson: true,
      ...(options.deadLetters === true ? { subQueueType: 'deadLetter' as const } : {}),
    });
    receivers.set(key, receiver);
    return receiver;
  };
  const see = (receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage): SeenMessage => {
    numbered += 1;
    const handle = `m${numbered}`;
    held.set(handle, { message, receiver });
    return describeMessage(handle, message);
  };
  const receive = (options: ReceiveOptions, beside: boolean) =>
    attempt(async () => {
      const receiver = receiverFor(options, beside);
      const messages = await receiver.receiveMessages(options.count, {
        maxWaitTimeInMs: options.waitMs,
      });
      return messages.map((message) => see(receiver, message));
    });
  const find = (handle: string) => {
    const found = held.get(handle);
    if (found === undefined) throw new TypeError(`no message ${handle}`);
    return found;
  };

  return {
    send: (messages) =>
      attempt(async () => {
        const sender = client.createSender('queue' in entity ? entity.queue : entity.topic);
        await sender.sendMessages(
          messages.map(({ body, messageId, contentType, properties }) => ({
            body: Buffer.from(body),
            ...(messageId === undefined ? {} : { messageId }),
            ...(contentType === undefined ? {} : { contentType }),
            ...(properties === undefined ? {} : { applicationProperties: { ...properties } }),
          })),
        );
        await sender.close();
        return null;
      }),
    receive: (options) => receive(options, false),
    receiveBeside: (options) => receive(options, true),
    receiveDeferred: (sequenceNumber) =>
      attempt(async () => {
        const receiver = receiverFor({}, false);
        // The SDK wants the Long that it gave out itself.
        const numbers = [...held.values()].map(({ message }) => message.sequenceNumber);
        const wanted = numbers.find((number) => number?.toNumber() === sequenceNumber);
        if (wanted === undefined) throw new TypeError('that number was never seen');
        const messages = await receiver.receiveDeferredMessages([wanted]);
        return messages.map((message) => see(receiver, message));
      }),
    settle: (handle, as) =>
      attempt(async () => {
        const { message, receiver } = find(handle);
        await settleWith(receiver, message, as);
        return null;
      }),
    renew: (handle) =>
      attempt(async () => {
        const { message, receiver } = find(handle);
        return (await receiver.renewMessageLock(message)).getTime();
      }),
    peek: (count) =>
      attempt(async () => {
        // A client of its own: the SDK remembers where its last peek ended.
        const onlooker = new ServiceBusClient(connectionString);
        const messages = await createReceiver(onlooker, entity, {}).peekMessages(count);
        await onlooker.close();
        return messages.map((message) => describeMessage('', message));
      }),
    close: () => client.close(),
  };
}

function createReceiver(
  client: ServiceBusClient,
  entity: BusEntity,
  options: ServiceBusReceiverOptions,
): ServiceBusReceiver {
  return 'queue' in entity
    ? client.createReceiver(entity.queue, options)
    : client.createReceiver(entity.topic, entity.subscription, options);
}

async function settleWith(
  receiver: ServiceBusReceiver,
  message: ServiceBusReceivedMessage,
  as: 'complete' | 'abandon' | 'defer' | 'deadLetter',
): Promise<void> {
  switch (as) {
    case 'complete':
      return receiver.completeMessage(message);
    case 'abandon':
      return receiver.abandonMessage(message);
    case 'defer':
      return receiver.deferMessage(message);
    case 'deadLetter':
      return receiver.deadLetterMessage(message, {
        deadLetterReason: DEAD_LETTER.reason,
        deadLetterErrorDescription: DEAD_LETTER.description,
      });
  }
}

function describeMessage(handle: string, message: ServiceBusReceivedMessage): SeenMessage {
  return {
    handle,
    body: Buffer.isBuffer(message.body) ? message.body.toString('utf8') : String(message.body),
    messageId: message.messageId === undefined ? null : String(message.messageId),
    contentType: message.contentType ?? null,
    properties: { ...message.applicationProperties },
    deliveryCount: message.deliveryCount ?? 0,
    sequenceNumber: message.sequenceNumber?.toNumber() ?? 0,
    enqueuedAt: message.enqueuedTimeUtc?.getTime() ?? 0,
    lockedUntil: message.lockedUntilUtc?.getTime() ?? null,
    deadLetterReason: message.deadLetterReason ?? null,
    deadLetterDescription: message.deadLetterErrorDescription ?? null,
    deadLetterSource: message.deadLetterSource ?? null,
  };
}

const FAULTS: Readonly<Record<string, Fault>> = {
  MessageLockLost: 'lockLost',
  UnauthorizedAccess: 'unauthorized',
  MessagingEntityNotFound: 'notFound',
};

async function attempt<Value>(action: () => Promise<Value>): Promise<Result<Value>> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return { ok: false, fault: FAULTS[describeError(error).code ?? ''] ?? 'other' };
  }
}
