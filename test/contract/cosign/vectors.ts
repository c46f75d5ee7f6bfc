/** The vectors under test/vectors: what `vectors.json` says of them, and their files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..', '..', 'vectors');

const vectorSchema = z.object({
  folder: z.string(),
  cosign: z.enum(['v2.6.1', 'v3.1.3']),
  registry: z.enum(['go-containerregistry', 'distribution']),
  signings: z
    .array(
      z.object({
        form: z.enum(['legacy-tag', 'legacy-referrer', 'bundle']),
        key: z.string(),
        annotations: z.record(z.string(), z.string()).optional(),
      }),
    )
    .min(1),
});
export type Vector = z.infer<typeof vectorSchema>;
export type VectorSigning = Vector['signings'][number];

export function readVectors(): readonly Vector[] {
  const text = readFileSync(join(ROOT, 'vectors.json'), 'utf8');
  return z.object({ vectors: z.array(vectorSchema).min(1) }).parse(JSON.parse(text)).vectors;
}

export function vectorFolder({ folder }: Vector): string {
  return join(ROOT, folder);
}

/** SPKI PEM. */
export function readVectorKey(name: string): string {
  return readFileSync(join(ROOT, 'keys', `${name}.pub`), 'utf8');
}
