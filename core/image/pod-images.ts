import { quote } from '../verdict/quote.ts';

/** One place in an object that names an image. */
export interface FoundImage {
  /** JSON pointer (RFC 6901) of the image field: what a JSON patch replaces. */
  readonly path: string;
  /** Name for messages; `containers[0]` where the object gives none. Names may repeat, so they identify nothing. */
  readonly container: string;
  readonly image: string;
}

export type FoundImages =
  | { readonly ok: true; readonly images: readonly FoundImage[] }
  | { readonly ok: false; readonly detail: string };

type Fields = Readonly<Record<string, unknown>>;

interface WorkloadKind {
  readonly group: string;
  readonly podSpec: readonly string[];
}

const TEMPLATE = ['spec', 'template', 'spec'];
const KINDS: ReadonlyMap<string, WorkloadKind> = new Map([
  ['Pod', { group: '', podSpec: ['spec'] }],
  ['PodTemplate', { group: '', podSpec: ['template', 'spec'] }],
  ['ReplicationController', { group: '', podSpec: TEMPLATE }],
  ['ReplicaSet', { group: 'apps', podSpec: TEMPLATE }],
  ['Deployment', { group: 'apps', podSpec: TEMPLATE }],
  ['StatefulSet', { group: 'apps', podSpec: TEMPLATE }],
  ['DaemonSet', { group: 'apps', podSpec: TEMPLATE }],
  ['Job', { group: 'batch', podSpec: TEMPLATE }],
  ['CronJob', { group: 'batch', podSpec: ['spec', 'jobTemplate', ...TEMPLATE] }],
]);
const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'];

/** Kinds that `findImages` knows. */
export const WORKLOAD_KINDS: readonly string[] = [...KINDS.keys()];

class Fault extends Error {}

/**
 * Every place where a Pod or workload (also a Pod as `pods/ephemeralcontainers` sends it) names an image: init, ordinary and
 * ephemeral containers, and image volumes. Not one may be missed, so whatever is not understood is an error, never an empty list:
 * an unknown kind, a blank or missing image, a list that is none.
 */
export function findImages(object: unknown): FoundImages {
  try {
    const root = fieldsOf(object, 'the object');
    const { podSpec } = kindOf(root);
    let fields = root;
    for (const name of podSpec) fields = fieldsOf(fields[name], podSpec.join('.'));
    return { ok: true, images: imagesOf(fields, `/${podSpec.join('/')}`) };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, detail: error.message };
    throw error;
  }
}

function kindOf(root: Fields): WorkloadKind {
  const { apiVersion, kind } = root;
  const known = typeof kind === 'string' ? KINDS.get(kind) : undefined;
  const group = typeof apiVersion === 'string' ? groupOf(apiVersion) : undefined;
  if (known === undefined || known.group !== group)
    throw new Fault(
      `${nameOf(kind)} of ${nameOf(apiVersion)} is not a kind whose images keyward knows how to find`,
    );
  return known;
}

/** What is no text is named by its type: `String` throws on an object like `{"toString": 1}`. */
function nameOf(value: unknown): string {
  return quote(typeof value === 'string' ? value : typeof value);
}

function groupOf(apiVersion: string): string | undefined {
  const parts = apiVersion.split('/');
  if (parts.length === 1) return '';
  return parts.length === 2 ? parts[0] : undefined;
}

function imagesOf(podSpec: Fields, path: string): readonly FoundImage[] {
  const found = CONTAINER_LISTS.flatMap((list) =>
    itemsOf(podSpec, list).map((item, index) => {
      const where = `${list}[${index}]`;
      const fields = fieldsOf(item, where);
      return foundImage(fields, 'image', { where, path: `${path}/${list}/${index}` });
    }),
  );
  if (itemsOf(podSpec, 'containers').length === 0)
    throw new Fault('the pod spec has no containers');
  return [...found, ...volumeImagesOf(podSpec, path)];
}

function volumeImagesOf(podSpec: Fields, path: string): readonly FoundImage[] {
  return itemsOf(podSpec, 'volumes').flatMap((item, index) => {
    const where = `volumes[${index}]`;
    const volume = fieldsOf(item, where);
    if (isAbsent(volume['image'])) return [];
    const source = fieldsOf(volume['image'], `${where}.image`);
    const name = { name: volume['name'], reference: source['reference'] };
    return [foundImage(name, 'reference', { where, path: `${path}/volumes/${index}/image` })];
  });
}

function foundImage(
  fields: Fields,
  field: string,
  at: { where: string; path: string },
): FoundImage {
  const image = fields[field];
  const name = fields['name'];
  const container = typeof name === 'string' && name !== '' ? name : at.where;
  if (typeof image !== 'string' || image.trim() === '')
    throw new Fault(`${at.where} (${quote(container)}) names no image`);
  return { path: `${at.path}/${field}`, container, image };
}

function itemsOf(fields: Fields, name: string): readonly unknown[] {
  const list = fields[name];
  if (isAbsent(list)) return [];
  if (!Array.isArray(list)) throw new Fault(`${name} is not a list`);
  return list;
}

function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Fault(`${where} is not an object`);
  return value as Fields;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
