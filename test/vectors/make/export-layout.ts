/** From a registry to an OCI layout: the image, its signature tag, and its referrers by API or by fallback tag. */
import {
  IMAGE_TAG,
  listedBy,
  namedBy,
  REF_NAME,
  type Layout,
  type LayoutDescriptor,
} from '../../contract/cosign/layout.ts';
import { ACCEPTED, INDEX_TYPE, type Wire } from '../../contract/registry/wire.ts';
import { digestOf } from '../../../sandbox/registry/storage.ts';

export async function exportLayout(
  wire: Wire,
  repository: string,
  image: string,
): Promise<Layout> {
  const blobs = new Map<string, Buffer>();
  const manifests: LayoutDescriptor[] = [];
  const root = `/v2/${repository}`;

  const addManifest = async (reference: string): Promise<LayoutDescriptor | undefined> => {
    const { status, headers, body } = await wire.send('GET', `${root}/manifests/${reference}`, {
      headers: { accept: ACCEPTED },
    });
    if (status === 404) return undefined;
    const digest = digestOf(body);
    blobs.set(digest, body);
    for (const named of namedBy(body)) {
      const blob = await wire.send('GET', `${root}/blobs/${named.digest}`);
      if (digestOf(blob.body) !== named.digest) throw new Error(`${named.digest} is not there`);
      blobs.set(named.digest, blob.body);
    }
    return { mediaType: headers['content-type'] ?? '', digest, size: body.length };
  };
  const addTagged = async (reference: string, tag: string): Promise<Buffer | undefined> => {
    const descriptor = await addManifest(reference);
    if (descriptor === undefined) return undefined;
    manifests.push({ ...descriptor, annotations: { [REF_NAME]: tag } });
    return blobs.get(descriptor.digest);
  };

  await addTagged(image, IMAGE_TAG);
  const plain = image.replace(':', '-');
  await addTagged(`${plain}.sig`, `${plain}.sig`);
  const fallback = await addTagged(plain, plain);
  const api = await wire.send('GET', `${root}/referrers/${image}`);
  const isThere = api.status === 200 && api.headers['content-type'] === INDEX_TYPE;
  const listed = isThere ? listedBy(api.body) : [];
  // Behind a fallback tag the manifests have no tag of their own: the index names them.
  for (const descriptor of [...listed, ...(fallback === undefined ? [] : listedBy(fallback))]) {
    await addManifest(descriptor.digest);
  }
  // As listed, right or wrong: a reader must not rely on what a registry says about a referrer.
  manifests.push(...listed);
  return { manifests, blobs };
}
