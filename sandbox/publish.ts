import type { AzureStandIns } from './azure.ts';
import { signImage } from './signer/sign-image.ts';
import { NAMES } from './story/names.ts';

export interface Publication {
  /** `registry/repository:tag`. */
  readonly image: string;
  readonly digest: string;
}

export interface Publisher {
  /** What was pushed under this name. Throws when nothing was. */
  find(name: string): Publication;
  /** Pushes a small image under this name, unsigned; each name has bytes of its own. */
  push(name: string): Publication;
  /** Pushes and signs it with that version of the key, through the vault's own sign operation. */
  pushSigned(
    name: string,
    signature: {
      readonly version: string;
      readonly format: 'legacy' | 'bundle';
      readonly key?: string;
    },
  ): Promise<Publication>;
}

function splitName(name: string): [repository: string, tag: string] {
  const [repository = '', tag = 'latest'] = name.split(':');
  return [repository, tag];
}

/** What a build pipeline does: push, then `cosign sign`. */
export function createPublisher({ registry, vault }: AzureStandIns): Publisher {
  const publications = new Map<string, Publication>();
  const push = (name: string): Publication => {
    const [repository, tag] = splitName(name);
    const { digest } = registry.pushImage(repository, tag, { content: name });
    const publication = { image: `${registry.host}/${name}`, digest };
    publications.set(name, publication);
    return publication;
  };
  return {
    push,
    find(name) {
      const publication = publications.get(name);
      if (publication === undefined) throw new Error(`nothing was pushed as ${name}`);
      return publication;
    },
    async pushSigned(name, { version, format, key = NAMES.key }) {
      const publication = push(name);
      await signImage({
        registry,
        repository: splitName(name)[0],
        digest: publication.digest,
        format,
        now: Date.now(),
        signer: {
          publicKey: vault.publicKeyOf(key, version),
          sign: async (digest, algorithm) => vault.sign(key, version, digest, algorithm),
        },
      });
      return publication;
    },
  };
}
