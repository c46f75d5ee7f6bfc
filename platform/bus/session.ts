import { ServiceBusClient } from '@azure/service-bus';
import type { ServiceBusClientOptions, ServiceBusReceiver } from '@azure/service-bus';
import type { TokenCredential } from '@azure/identity';
import { ServiceError } from '../observe/service-error.ts';
import type { BusErrorCode } from './hint-source.ts';

export type BusAddress =
  | { readonly connectionString: string }
  | {
      /** `contoso.servicebus.windows.net` */
      readonly namespace: string;
      readonly credential: TokenCredential;
    };

export interface BusSession {
  readonly receivers: readonly ServiceBusReceiver[];
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

/**
 * A client with `parallel` receivers, each one link. Nothing is sent yet. Throws `BUS_CONFIG`, never with the connection string
 * in it.
 */
export function openSession(address: BusAddress, queue: string, parallel: number): BusSession {
  if (queue === '') throw configError('the name of the Service Bus queue is empty');
  const client = createClient(address);
  const receivers = Array.from({ length: parallel }, () => createReceiver(client, queue));
  return {
    receivers,
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

function createReceiver(client: ServiceBusClient, queue: string): ServiceBusReceiver {
  try {
    return client.createReceiver(queue, {
      receiveMode: 'peekLock',
      // Own renewal, see keep-lock.ts.
      maxAutoLockRenewalDurationInMs: 0,
      // Bytes stay bytes: what parses them knows their limits.
      skipParsingBodyAsJson: true,
    });
  } catch {
    throw configError(
      `the Service Bus connection string names another queue in its EntityPath than '${queue}'`,
    );
  }
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
