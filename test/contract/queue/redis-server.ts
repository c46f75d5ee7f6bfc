import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { findFreePort } from '../../../sandbox/cluster/free-port.ts';

export interface RedisServer {
  readonly url: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on its port, empty. */
  revive(): Promise<void>;
  /** Stops it from answering while its connections stay open, and lets it go on. */
  freeze(): void;
  thaw(): void;
}

export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** Debian's Redis on a free port of 127.0.0.1, nothing kept. */
export async function startRedisServer(policy = 'noeviction'): Promise<RedisServer> {
  const port = await findFreePort();
  let child: ChildProcess;

  const revive = async (): Promise<void> => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
    child = spawn('redis-server', [...options, '--maxmemory-policy', policy], {
      stdio: 'ignore',
    });
    await untilOpen(port);
  };
  await revive();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    revive,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
  };
}

async function untilOpen(port: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    if (performance.now() > deadline) throw new Error('redis-server does not listen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
