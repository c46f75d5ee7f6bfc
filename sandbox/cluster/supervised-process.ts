import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

export interface SupervisedOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Both its output streams, appended. */
  readonly logFile: string;
  /** Removed by the supervisor when this process dies without stopping it. */
  readonly removeWhenOrphaned?: string;
}

export interface SupervisedProcess {
  /** Why it ended, once it has; `undefined` while it runs. */
  ended(): string | undefined;
  /** Kills it and waits until it is gone. */
  stop(): Promise<void>;
}

/*
 * A program that is not ours cannot watch the channel to its parent, so a shell does: it blocks on a pipe whose other end only this
 * process holds. When this process ends in whatever way, SIGKILL included, the pipe closes and the program goes too. Killed
 * outright: what runs here keeps nothing worth a graceful end.
 */
const SUPERVISOR = `
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
(
  read -r word <&3
  trap '' TERM
  kill -KILL "$program" 2>/dev/null
  if [ "$word" != stop ] && [ -n "$folder" ]; then sleep 0.2; rm -rf "$folder"; fi
) &
watcher=$!
exec 3<&-
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
`;

/** Starts a real program that ends with this process, however that one ends. */
export function startSupervised(options: SupervisedOptions): SupervisedProcess {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(
    '/bin/sh',
    ['-c', SUPERVISOR, 'sh', options.removeWhenOrphaned ?? '', options.command, ...options.args],
    {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ['pipe', log, log],
      // Its own group: Ctrl-C in the terminal reaches this process, which then ends its programs in the right order.
      detached: true,
    },
  );
  closeSync(log);
  let reason: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      reason = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      reason = signal ?? `exit code ${code}`;
      resolve();
    });
  });
  // The program may end before it is told to: writing to its supervisor then fails, and `ended` says why.
  child.stdin?.on('error', () => undefined);
  return {
    ended: () => reason,
    async stop() {
      if (reason === undefined) child.stdin?.end('stop\n');
      await gone;
    },
  };
}

/** The last lines of a log, for an error that says why a program did not start. */
export async function readTail(path: string, bytes = 2_000): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, start);
    return buffer.subarray(0, bytesRead).toString('utf8').trim();
  } finally {
    await file.close();
  }
}
