import { request } from 'node:https';

export interface PushTarget {
  readonly port: number;
  readonly caPem: string;
  /** The bearer token of a request; undefined: none is sent. */
  readonly token: () => string | undefined;
}

export interface PushAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface PushDelivery {
  /** The Event Grid schema's handshake, with the code that is to come back. */
  validate(code: string): Promise<PushAnswer>;
  /** The CloudEvents handshake. */
  askPermission(headers?: Readonly<Record<string, string>>): Promise<PushAnswer>;
  deliver(body: unknown, headers?: Readonly<Record<string, string>>): Promise<PushAnswer>;
}

/** A stand-in for an event subscription whose destination is a webhook: the requests of azure.md 4.2, to a port of this machine. */
export function createPushDelivery(target: PushTarget): PushDelivery {
  const authorization = (): Record<string, string> => {
    const token = target.token();
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  };
  const deliver: PushDelivery['deliver'] = (body, headers = {}) =>
    exchange(target, {
      method: 'POST',
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'aeg-event-type': 'Notification',
        'aeg-subscription-name': 'KEYWARD',
        'aeg-delivery-count': '0',
        ...authorization(),
        ...headers,
      },
    });
  return {
    deliver,
    validate: (validationCode) =>
      deliver(
        [
          {
            id: '2d1781af-3a4c-4d7c-bd0c-e34b19da4e66',
            topic:
              '/subscriptions/0/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-kv',
            subject: '',
            eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
            eventTime: '2026-11-02T12:00:00.4225665Z',
            data: {
              validationCode,
              validationUrl: `https://rp-westeurope.eventgrid.azure.net:553/eventsubscriptions/keyward/validate?id=${validationCode}`,
            },
            dataVersion: '2',
            metadataVersion: '1',
          },
        ],
        { 'aeg-event-type': 'SubscriptionValidation' },
      ),
    askPermission: (headers = {}) =>
      exchange(target, {
        method: 'OPTIONS',
        headers: {
          'webhook-request-origin': 'eventgrid.azure.net',
          'webhook-request-rate': '120',
          ...headers,
        },
      }),
  };
}

function exchange(
  { port, caPem }: PushTarget,
  options: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | Buffer;
  },
): Promise<PushAnswer> {
  const { method, headers, body } = options;
  return new Promise((resolve, reject) => {
    const place = { host: '127.0.0.1', port, path: '/events', ca: caPem, agent: false };
    const sent = request({ ...place, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
