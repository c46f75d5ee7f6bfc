import { z } from 'zod';
import { parseOptions } from '../command-input.ts';

const optionsSchema = z
  .object({
    once: z.boolean().default(false),
    json: z.boolean().default(false),
    port: z.coerce.number().int().min(0).max(65_535),
    cluster: z.enum(['stand-in', 'real']),
    dir: z.string().min(1),
  })
  .refine((options) => options.once || !options.json, {
    error: '--json goes with --once: one document needs an end',
  });

/** Exit code 0: every step came out as expected; 1: not, or it could not run; 130: interrupted. */
export async function sandboxCommand(raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(optionsSchema, raw);
  if (!options.json) {
    // Said before anything heavy is loaded: a person should see within a second that it lives.
    process.stdout.write(
      'keyward sandbox · no Azure, Docker, Redis or cluster · nothing leaves 127.0.0.1\n',
    );
  }
  const { runSandbox } = await import('../../sandbox/main.ts');
  return runSandbox(options);
}
