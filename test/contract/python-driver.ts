import { describe } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findTool } from '../../sandbox/cluster/cluster-tools.ts';

/** A Python program that answers one JSON line for each JSON line it is given, one call after the other. */
export interface PythonDriver {
  call(name: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): Promise<void>;
}

const python = findTool(process.env, 'python/bin/python');

/** `describe` where Microsoft's Python clients are installed; else one that skips, and a line that says so. */
export const describeWithPython = python === undefined ? describe.skip : describe;
if (python === undefined) {
  // Not by console: what a suite prints there while all of it is skipped, Jest does not show.
  process.stderr.write(
    "SKIPPED: a suite that needs Microsoft's Python clients, which are not installed: run scripts/install-python-clients.sh\n",
  );
}

export function startPython(
  script: string,
  environment: Readonly<Record<string, string>> = {},
): PythonDriver {
  if (python === undefined) throw new Error('Python is not installed');
  const child = spawn(python, [script], {
    env: { PATH: process.env['PATH'], ...environment, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4000);
  });
  const waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.resolve(JSON.parse(line));
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', (code) => {
      const error = new Error(`${script} ended (${code}): ${said}`);
      for (const call of waiting.splice(0)) call.reject(error);
      resolve();
    });
  });
  // What is written to a program that has crashed is lost; the call that waits for its answer says why.
  child.stdin.on('error', () => undefined);
  return {
    call: (name, args = {}) =>
      new Promise((resolve, reject) => {
        if (child.exitCode !== null) {
          reject(new Error(`${script} ended (${child.exitCode}): ${said}`));
          return;
        }
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ call: name, arguments: args })}\n`);
      }),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
