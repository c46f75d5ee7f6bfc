/** `keyward verify … -o json` as a person runs it. */
import { z } from 'zod';
import { runKeyward } from '../../../sandbox/processes/cli.ts';

const reportSchema = z.array(
  z.object({
    image: z.string(),
    digest: z.string().nullable(),
    verdict: z.enum(['allow', 'deny', 'unavailable']),
    reason: z.string().nullable(),
    vouchedBy: z
      .object({
        fingerprint: z.string(),
        name: z.string().nullish(),
        version: z.string().nullish(),
      })
      .nullable(),
  }),
);

export interface VerifyRun {
  readonly code: number;
  readonly reports: z.infer<typeof reportSchema>;
}

/** @throws Error with what it said when it printed no JSON */
export async function keywardVerify(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<VerifyRun> {
  const { code, stdout, stderr } = await runKeyward(['verify', ...args, '-o', 'json'], environment);
  try {
    return { code, reports: reportSchema.parse(JSON.parse(stdout)) };
  } catch (error) {
    throw new Error(`keyward verify ${args.join(' ')} (${code}): ${stdout}${stderr}`, {
      cause: error,
    });
  }
}

/** Verdict and reason of each image, in the order in which they were given. */
export function verdictsOf({ reports }: VerifyRun): readonly string[] {
  return reports.map(({ verdict, reason }) => (reason === null ? verdict : `${verdict} ${reason}`));
}
