import { ServiceBusClient } from '@azure/service-bus';
import type { ServiceBusClientOptions, ServiceBusReceiver } from '@azure/service-bus';
import type { TokenCredential } from '@azure/identity';
import { describeError } from '../observe/describe-error.ts';
import { ServiceError } from '../observe/service-error.ts';
import type { BusErrorCode } from './hint-source.ts';
import { translateBusError } from './translate-error.ts';

export type BusAddress =
  | { readonly connectionString: string }
  | {
      /** `contoso.servicebus.windows.net` */
      readonly namespace: string;
      readonly credential: TokenCredential;
    };

/** Where a cluster's own events are: its queue, or its subscription of a topic that all clusters share. */
export type BusEntity =
  { readonly queue: string } | { readonly topic: string; readonly subscription: string };

export interface BusSession {
  readonly receivers: readonly ServiceBusReceiver[];
  /** A fault as what it is: the SDK tells of a token that could not be had as of any broken connection. */
  translate(error: unknown): ServiceError<BusErrorCode>;
  /** Bounded in time; never throws. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2000;
const NAMESPACE = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/iu;

// `maxRetries: 0`: one error, at once, with its own code. The caller retries with a fresh client. RetryMode stays Fixed, which is the
// default (azure.md 6.3, trap 1).
const OPTIONS: ServiceBusClientOptions = {
  retryOptions: {
    maxRetries: 0,
    retryDelayInMs: 1000,
    maxRetryDelayInMs: 10_000,
    timeoutInMs: 20_000,
  },
};

/** As Service Bus itself names it: `events`, or `events/Subscriptions/cluster-1`. */
export function entityPath(entity: BusEntity): string {
  return 'queue' in entity ? entity.queue : `${entity.topic}/Subscriptions/${entity.subscription}`;
}

/**
 * A client with `parallel` receivers, each one link. Nothing is sent yet. Throws `BUS_CONFIG`, never with the connection string
 * in it.
 */
export function openSession(address: BusAddress, entity: BusEntity, parallel: number): BusSession {
  if (Object.values(entity).includes(''))
    throw configError('the name of the Service Bus queue, topic or subscription is empty');
  const identity = watchIdentity(address);
  const client = createClient(identity.address);
  const receivers = Array.from({ length: parallel }, () => createReceiver(client, entity));
  return {
    receivers,
    translate: (error) => {
      const fault = identity.fault();
      return fault === undefined ? translateBusError(error) : identityError(fault);
    },
    close: async () => {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
      });
      const closing = client.close().catch(() => {
        // A client that is thrown away because it broke may break once more; its sockets die with it.
      });
      await Promise.race([closing, limit]);
      clearTimeout(timer);
    },
  };
}

const RECEIVER_OPTIONS = {
  receiveMode: 'peekLock',
  // Own renewal, see keep-lock.ts.
  maxAutoLockRenewalDurationInMs: 0,
  // Bytes stay bytes: what parses them knows their limits.
  skipParsingBodyAsJson: true,
} as const;

function createReceiver(client: ServiceBusClient, entity: BusEntity): ServiceBusReceiver {
  try {
    return 'queue' in entity
      ? client.createReceiver(entity.queue, RECEIVER_OPTIONS)
      : client.createReceiver(entity.topic, entity.subscription, RECEIVER_OPTIONS);
  } catch {
    throw configError(
      `the Service Bus connection string names another entity in its EntityPath than '${entityPath(entity)}'`,
    );
  }
}

/** The same address, and what the credential rejected with the last time that it was asked; undefined: it gave a token, or has no part in it. */
function watchIdentity(address: BusAddress): { address: BusAddress; fault(): unknown } {
  if ('connectionString' in address) return { address, fault: () => undefined };
  const { namespace, credential } = address;
  let fault: unknown;
  const watched: TokenCredential = {
    getToken: async (...request) => {
      try {
        const token = await credential.getToken(...request);
        fault = undefined;
        return token;
      } catch (error) {
        fault = error;
        throw error;
      }
    },
  };
  return { address: { namespace, credential: watched }, fault: () => fault };
}

function identityError(cause: unknown): ServiceError<BusErrorCode> {
  const { message } = describeError(cause);
  return new ServiceError<BusErrorCode>('BUS_IDENTITY', message, { retryable: true, cause });
}

function createClient(address: BusAddress): ServiceBusClient {
  if ('connectionString' in address) {
    try {
      return new ServiceBusClient(address.connectionString, OPTIONS);
    } catch {
      // The SDK's message is left out: it is about a text that holds a key.
      throw configError(
        'the Service Bus connection string cannot be parsed; expected Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…',
      );
    }
  }
  if (!NAMESPACE.test(address.namespace)) {
    throw configError(
      'the Service Bus namespace must be a host name such as contoso.servicebus.windows.net',
    );
  }
  return new ServiceBusClient(address.namespace, address.credential, OPTIONS);
}

function configError(message: string): ServiceError<BusErrorCode> {
  return new ServiceError<BusErrorCode>('BUS_CONFIG', message, { retryable: false });
}
