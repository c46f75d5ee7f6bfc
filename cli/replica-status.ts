import { z } from 'zod';

/** What a command needs of a replica's `/statusz`. */
const statusSchema = z.object({
  ready: z.boolean(),
  revocations: z.array(z.object({ name: z.string(), uid: z.string().optional() })),
  keySets: z.array(
    z.object({
      name: z.string(),
      versions: z.array(
        z.object({
          vaultUri: z.string(),
          name: z.string(),
          version: z.string(),
          state: z.string(),
        }),
      ),
    }),
  ),
});
export type ReplicaStatus = z.infer<typeof statusSchema>;

/** What the replica at `url` has applied; undefined when it cannot be asked. */
export async function readReplicaStatus(url: string): Promise<ReplicaStatus | undefined> {
  try {
    const response = await fetch(new URL('/statusz', url), { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) return undefined;
    const parsed = statusSchema.safeParse(await response.json());
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
