import { formatRepository, parseImageReference } from '../../core/image/reference.ts';
import type { RepositoryRef } from '../../platform/registry/registry.ts';

/** Where the signatures of an image are, when they are not beside it. */
export type FindSignatureRepository = (image: RepositoryRef) => RepositoryRef | undefined;

/**
 * Reads KEYWARD_SIGNATURE_REPOSITORY: `registry/repository` for all images, as cosign's COSIGN_REPOSITORY, or `images=registry/repository`
 * pairs with commas between, of which the first that covers an image counts. `images` is a repository, or a prefix that ends in `*`.
 * As in cosign the other repository stands in the image's place: there are the same tags and referrers, and nothing is looked for beside
 * the image.
 * @throws TypeError with the item that cannot be read
 */
export function parseSignatureRepositories(text: string): FindSignatureRepository {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const rules = items.map(parseRule);
  return (image) => {
    const name = formatRepository(image);
    return rules.find(({ covers }) => covers(name))?.repository;
  };
}

interface Rule {
  readonly covers: (repository: string) => boolean;
  readonly repository: RepositoryRef;
}

function parseRule(item: string): Rule {
  const [images = '', target, ...more] = item.split('=');
  if (target === undefined) return { covers: () => true, repository: parseRepository(item) };
  if (more.length > 0) throw new TypeError(`'${item}' has more than one =`);
  const repository = parseRepository(target);
  if (!/^[a-z0-9._\-:/]*\*?$/u.test(images) || images === '')
    throw new TypeError(`'${images}' is neither a repository nor a prefix that ends in *`);
  if (images.endsWith('*')) {
    const prefix = images.slice(0, -1);
    return { covers: (name) => name.startsWith(prefix), repository };
  }
  return { covers: (name) => name === formatRepository(parseRepository(images)), repository };
}

/** @throws TypeError */
export function parseRepository(text: string): RepositoryRef {
  const parsed = parseImageReference(text.trim());
  const hasMore = /@|:[^/]*$/u.test(text);
  if (!parsed.ok || hasMore) {
    throw new TypeError(`'${text}' is not registry/repository, without a tag or digest`);
  }
  const { registry, repository } = parsed.ref;
  return { registry, repository };
}
