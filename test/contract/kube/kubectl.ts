/** The real kubectl as a child process: it gets a kubeconfig, a folder of its own, and nothing of the environment. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Printed {
  readonly code: number | null;
  /** Standard output and standard error, in the order of their coming. */
  readonly text: string;
}

/** A kubectl that goes on until it is stopped (`get -w`). */
export interface Following {
  /** The first `count` lines. Fails when it ends, or is too slow, before it has printed them. */
  lines(count: number): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface Kubectl {
  run(args: readonly string[], stdin?: string): Promise<Printed>;
  follow(args: readonly string[]): Following;
  close(): void;
}

const PATIENCE_MS = 20_000;

export function createKubectl(program: string, kubeconfig: string): Kubectl {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-kubectl-'));
  writeFileSync(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
  const start = (args: readonly string[]) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: { HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') },
      timeout: PATIENCE_MS,
    });
    const seen = { text: '', changed: () => undefined as void };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        seen.text += chunk;
        seen.changed();
      });
    }
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { child, seen, ended };
  };
  return {
    async run(args, stdin = '') {
      const { child, seen, ended } = start(args);
      child.stdin.end(stdin);
      return { code: await ended, text: seen.text };
    },
    follow(args) {
      const { child, seen, ended } = start(args);
      child.stdin.end();
      const complete = (): string[] => seen.text.split('\n').slice(0, -1);
      return {
        async lines(count) {
          const printed = new Promise<void>((resolve) => {
            seen.changed = () => {
              if (complete().length >= count) resolve();
            };
            seen.changed();
          });
          await Promise.race([printed, ended]);
          if (complete().length < count) throw new Error(`kubectl ended after: ${seen.text}`);
          return complete().slice(0, count);
        },
        async stop() {
          child.kill();
          await ended;
        },
      };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
