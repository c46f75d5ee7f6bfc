import { join } from 'node:path';
import { startPython } from '../python-driver.ts';
import type { BusClient, BusEntity, Result, SeenMessage } from './bus-client.ts';

const SCRIPT = join(import.meta.dirname, 'service_bus_client.py');

/** The contract's client over Microsoft's Python SDK, which has an AMQP engine of its own. */
export async function createPythonClient(
  connectionString: string,
  entity: BusEntity,
): Promise<BusClient> {
  const python = startPython(SCRIPT);
  const call = async <Value>(name: string, args: Readonly<Record<string, unknown>>) =>
    (await python.call(name, args)) as Result<Value>;
  await call('open', { connection_string: connectionString, ...entity });
  return {
    send: (messages) => call<null>('send', { messages }),
    receive: (options) => call<readonly SeenMessage[]>('receive', { ...options }),
    // Each receive opens a link of its own.
    receiveBeside: (options) => call<readonly SeenMessage[]>('receive', { ...options }),
    receiveDeferred: (sequenceNumber) =>
      call<readonly SeenMessage[]>('receiveDeferred', { sequenceNumber }),
    settle: (handle, how) => call<null>('settle', { handle, how }),
    renew: (handle) => call<number>('renew', { handle }),
    peek: (count) => call<readonly SeenMessage[]>('peek', { count }),
    close: async () => {
      await call('close', {});
      await python.close();
    },
  };
}
