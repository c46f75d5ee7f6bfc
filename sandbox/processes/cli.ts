import { execFile } from 'node:child_process';
import { join } from 'node:path';

const KEYWARD = join(import.meta.dirname, '..', '..', 'bin', 'keyward');

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `bin/keyward` as a person would, and gives what it said; never rejects for its exit code. */
export function runKeyward(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(
      KEYWARD,
      [...args],
      { env: { PATH: process.env['PATH'] ?? '', ...env }, timeout: 30_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}
