import { describeError } from '../platform/observe/describe-error.ts';

/**
 * Ends the process with this code once all that was written is out. Without it a timer of a library (of a vault's request that failed)
 * keeps a person waiting for ten seconds after the answer.
 */
export async function endProcess(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => {
      stream.write('', () => {
        resolve();
      });
    });
  process.exit(code);
}

/** Whoever reads has seen enough (`keyward … | head`): the end, without a word, and never as a success that nobody found. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 1);
  });
}

/**
 * A fault of ours, or of a library, that nobody caught: one line without its text, which may hold anything, and the exit code of what
 * could not be found out. Node's own would be that of a denial.
 */
export function endOnFault(): void {
  process.on('uncaughtException', (error: unknown) => {
    const { name } = describeError(error);
    process.stderr.write(
      `keyward: it failed (${name}), and knows nothing of the images; report it with the command.\n`,
    );
    process.exit(3);
  });
}
