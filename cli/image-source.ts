import { z } from 'zod';
import { parseImageReference } from '../core/image/reference.ts';
import type { Registry } from '../platform/registry/registry.ts';
import type { FindSignatureRepository } from '../webhook/evidence/signature-repositories.ts';
import { addNote } from './notes.ts';
import { openRegistry } from './open-registry.ts';
import { chooseSignatureRepository } from './signature-repository.ts';

/** The options of `registry-flags.ts`. */
export const registryFlagsSchema = {
  plainHttp: z.boolean().default(false),
  insecureSkipTlsVerify: z.boolean().default(false),
  signatureRepository: z.string().optional(),
};
const NO_FLAGS = z.object(registryFlagsSchema).parse({});

/** Where images and their signatures are looked up. */
export interface ImageSource {
  readonly registry: Registry;
  readonly findSignatureRepository: FindSignatureRepository;
}

/**
 * For these images. What widens whom is believed, and what the environment decides unseen, is told on stderr.
 * @throws UsageProblem, ConfigProblem
 */
export function openImageSource(images: readonly string[], flags = NO_FLAGS): ImageSource {
  const { find, variable } = chooseSignatureRepository(flags.signatureRepository, process.env);
  if (flags.insecureSkipTlsVerify)
    addNote(
      'the certificates of registries are NOT checked (--insecure-skip-tls-verify): whoever answers in their place is given the credentials for them, and says what a tag is and which signatures there are',
    );
  if (variable !== undefined)
    addNote(`signatures are looked for where ${variable} says, and not beside the images`);
  const registry = openRegistry({
    plainHttp: flags.plainHttp ? registriesOf(images, find) : [],
    insecureSkipTlsVerify: flags.insecureSkipTlsVerify,
  });
  return { registry, findSignatureRepository: find };
}

function registriesOf(images: readonly string[], find: FindSignatureRepository): readonly string[] {
  return images.flatMap((image) => {
    const parsed = parseImageReference(image);
    if (!parsed.ok) return [];
    const { registry } = parsed.ref;
    return [registry, find(parsed.ref)?.registry ?? registry];
  });
}
