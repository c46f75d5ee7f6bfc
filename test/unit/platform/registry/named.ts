import type { RegistryClientOptions } from '../../../../platform/registry/create-registry.ts';
import type { Registry } from '../../../../platform/registry/registry.ts';
import type { Resolve } from '../../../../platform/registry/network/lookup.ts';
import { createFakeClock, type FakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { startEgressProxy } from '../../../../sandbox/egress-proxy.ts';
import type { RegistryOptions, RegistryStandIn } from '../../../../sandbox/registry/registry.ts';
import { startPair } from './setup.ts';

export interface Named extends AsyncDisposable {
  readonly client: Registry;
  readonly clock: FakeClock;
  /** The stand-in that has this name. */
  server(name: string): RegistryStandIn;
  /** Every `host:port` that somebody wanted a connection to. */
  readonly connected: readonly string[];
}

/** Every name is public, as far as our own resolver can tell. */
const PUBLIC: Resolve = (_, __, callback) => {
  callback(null, [{ address: '8.8.8.8', family: 4 }]);
};

/** Registries with real names and certificates for them, to which only a proxy leads, and a client that goes through it. */
export async function startNamed(
  servers: Readonly<Record<string, Partial<RegistryOptions>>>,
  options: Partial<RegistryClientOptions> = {},
): Promise<Named> {
  const stack = new AsyncDisposableStack();
  const standIns = new Map<string, RegistryStandIn>();
  const connected: string[] = [];
  const proxy = await startEgressProxy({
    routes: (host, port) => {
      connected.push(`${host}:${port}`);
      const standIn = standIns.get(host);
      return standIn === undefined ? undefined : { port: Number(standIn.host.split(':')[1]) };
    },
  });
  stack.defer(() => proxy.close());
  // The stand-in's tokens expire by the machine's clock.
  const clock = createFakeClock(Date.now());
  const reached = { proxy: { https: proxy.url }, resolve: PUBLIC, clock, ...options };
  const pairs = await Promise.all(
    Object.entries(servers).map(([name, server]) => startPair({ name, ...server }, reached)),
  );
  for (const pair of pairs) {
    stack.use(pair);
    standIns.set(pair.ref.registry, pair.server);
  }
  const client = pairs[0]?.client;
  if (client === undefined) throw new Error('no registry was named');
  return {
    client,
    clock,
    connected,
    server: (name) => {
      const server = standIns.get(name);
      if (server === undefined) throw new Error(`nobody is ${name}`);
      return server;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What a registry was asked, in order: `operation` or `operation repository`. */
export function operationsOf(server: RegistryStandIn): readonly string[] {
  return server.requests().list.map(({ operation }) => operation);
}
