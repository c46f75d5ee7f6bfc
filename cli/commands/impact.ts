import { z } from 'zod';
import { verifySignature } from '../../core/cosign/verify-signature.ts';
import { formatKeyVersionShort, keyVersionIdentity } from '../../core/keys/key-id.ts';
import type { TrustedKey } from '../../core/keys/trust-view.ts';
import type { Evidence } from '../../core/verdict/evidence.ts';
import { unreadCandidates } from '../../core/verdict/rejections.ts';
import { soundCandidates } from '../../core/verdict/try-policy.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import { mapConcurrently } from '../../worker/observe/map-concurrently.ts';
import {
  outputFormat,
  parseKeyTarget,
  parseOptions,
  UsageProblem,
  type KeyTarget,
} from '../command-input.ts';
import { connectCluster } from '../connect-cluster.ts';
import { listAll } from '../list-all.ts';
import { openImageSource, type ImageSource } from '../image-source.ts';
import { readEvidence } from '../report/look-up-image.ts';
import { readTrust } from '../read-trust.ts';
import { runningImages, type RunningImage } from '../running-images.ts';

const optionsSchema = z.object({ namespace: z.string().optional(), output: outputFormat });
const CONCURRENCY = 8;

interface ImpactReport {
  readonly key: string;
  readonly pods: readonly {
    readonly pod: string;
    readonly container: string;
    readonly image: string;
    /** Trusted versions, other than this one, that signed it too: it would be admitted without this one. */
    readonly alsoSignedBy: readonly string[];
  }[];
  /** Nobody can say what these depend on. */
  readonly unknown: readonly {
    readonly pod: string;
    readonly container: string;
    readonly image: string;
    readonly why: string;
  }[];
}

/** Running pods with an image signed by the key, from the registry's signatures as they are now. Exit code 0. */
export async function impactCommand(key: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(optionsSchema, raw);
  const target = parseKeyTarget(key);
  const kube = await connectCluster();
  const source = openImageSource([]);
  try {
    const { trust } = await readTrust(kube);
    const keys = [...trust.keySets.values()].flatMap((keySet) => keySet.keys);
    const wanted = keys.filter((each) => isTarget(each, target));
    if (wanted.length === 0)
      throw new UsageProblem(
        `no key set knows the public key of ${key}.\nkubectl get keysets -A -o yaml lists the versions that are known.`,
      );
    const pods = await listAll(kube, RESOURCES.pods, options.namespace);
    const report = await examine(pods.flatMap(runningImages), {
      key,
      wanted,
      others: keys.filter((each) => each.state === 'trusted' && !isTarget(each, target)),
      source,
    });
    process.stdout.write(
      options.output === 'json' ? `${JSON.stringify(report)}\n` : describeReport(report),
    );
    return 0;
  } finally {
    await source.registry.close();
    await kube.close();
  }
}

function isTarget(key: TrustedKey, target: KeyTarget): boolean {
  return target.kind === 'fingerprint'
    ? key.fingerprint === target.fingerprint
    : keyVersionIdentity(key) === keyVersionIdentity(target);
}

interface Search {
  readonly key: string;
  readonly wanted: readonly TrustedKey[];
  readonly others: readonly TrustedKey[];
  readonly source: ImageSource;
}

async function examine(images: readonly RunningImage[], search: Search): Promise<ImpactReport> {
  const places = new Map(
    images.flatMap(({ place }) => (place === undefined ? [] : [[identify(place), place] as const])),
  );
  const found = new Map(
    await mapConcurrently([...places], CONCURRENCY, async ([id, { digest, ...repository }]) => {
      return [id, await readEvidence(search.source, { repository, digest })] as const;
    }),
  );
  const pods: ImpactReport['pods'][number][] = [];
  const unknown: ImpactReport['unknown'][number][] = [];
  for (const { pod, container, image, place } of images) {
    const evidence = place === undefined ? undefined : found.get(identify(place));
    if (evidence === undefined) {
      unknown.push({ pod, container, image, why: 'its digest is not known' });
    } else if (signers(evidence, search.wanted).length > 0) {
      const others = signers(evidence, search.others).map(formatKeyVersionShort);
      pods.push({ pod, container, image, alsoSignedBy: [...new Set(others)] });
    } else {
      const unread = unreadCandidates(evidence)[0];
      if (unread !== undefined) unknown.push({ pod, container, image, why: unread.detail });
    }
  }
  return { key: search.key, pods, unknown };
}

function identify(place: NonNullable<RunningImage['place']>): string {
  return `${place.registry}/${place.repository}@${place.digest}`;
}

function signers(evidence: Evidence, keys: readonly TrustedKey[]): readonly TrustedKey[] {
  return keys.filter((key) =>
    soundCandidates(evidence).some(
      ({ signedBytes, signature }) => verifySignature(key, signedBytes, signature) === 'valid',
    ),
  );
}

function describeReport({ key, pods, unknown }: ImpactReport): string {
  const lines = [
    pods.length === 0 ? `No running pod has an image signed by ${key}.` : `Running on ${key}:`,
    ...pods.map(({ pod, container, image, alsoSignedBy }) => {
      const also = alsoSignedBy.length === 0 ? 'by nothing else' : alsoSignedBy.join(', ');
      return `  ${pod}  ${container}  ${image}  also signed by: ${also}`;
    }),
    ...unknown.map(
      ({ pod, container, image, why }) => `  ? ${pod}  ${container}  ${image}  ${why}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
