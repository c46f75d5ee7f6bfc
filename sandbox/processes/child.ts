import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..', '..');
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'exit-with-parent.ts')).href;

export interface ChildProgram {
  readonly pid: number;
  /** The log fields of its `listening` line. */
  readonly listening: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly program: 'worker' | 'webhook';
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly deadlineMs?: number;
}

function listeningFields(line: string): Record<string, unknown> | undefined {
  try {
    const fields = JSON.parse(line) as Record<string, unknown>;
    return fields['event'] === 'listening' ? fields : undefined;
  } catch {
    return undefined;
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), 8_000);
  await gone;
  clearTimeout(impatience);
}

/**
 * Starts `keyward worker` or `keyward webhook` as a process of its own, with only the environment given (and PATH, HOME), and
 * gives it back once it says that it listens.
 */
export async function startChild(options: ChildOptions): Promise<ChildProgram> {
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const child = spawn(
    process.execPath,
    [
      '--max-semi-space-size=32',
      '--disable-warning=ExperimentalWarning',
      '--import',
      PRELOAD,
      join(ROOT, 'cli', 'main.ts'),
      options.program,
    ],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '/',
        // As bin/keyward has it.
        NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'keyward'),
        ...options.env,
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  const lines = createInterface({ input: child.stderr! });
  const said = Promise.withResolvers<Record<string, unknown>>();
  lines.on('line', (line) => {
    log.write(`${line}\n`);
    const fields = listeningFields(line);
    if (fields) said.resolve(fields);
  });
  child.once('exit', (code, signal) => {
    log.end();
    said.reject(
      new Error(
        `keyward ${options.program} ended (${code ?? signal}) before it listened; its log: ${options.logFile}`,
      ),
    );
  });
  const deadline = setTimeout(() => {
    said.reject(
      new Error(`keyward ${options.program} does not listen; its log: ${options.logFile}`),
    );
  }, options.deadlineMs ?? 20_000);
  try {
    const listening = await said.promise;
    return { pid: child.pid!, listening, stop: () => stopChild(child) };
  } catch (error) {
    await stopChild(child);
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}
