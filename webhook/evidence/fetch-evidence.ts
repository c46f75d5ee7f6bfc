import type { Candidate, Evidence, Store } from '../../core/verdict/evidence.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Registry, RepositoryRef } from '../../platform/registry/registry.ts';
import { createReader } from './reader.ts';
import { readReferrersStore } from './referrers.ts';
import { readSignatureTagStore, signatureTagOf } from './signature-tag.ts';

export interface EvidenceRequest {
  readonly registry: Registry;
  /** Of the image. */
  readonly repository: RepositoryRef;
  /** `sha256:<64 lower hex>`: the caller resolved the tag, once. */
  readonly digest: string;
  /** In the place of the image's own, as cosign's COSIGN_REPOSITORY: the same tags and referrers, there and nowhere else. */
  readonly signatureRepository?: RepositoryRef;
  readonly clock: Clock;
  /** Ends what is still being read as unavailable (`LIMIT_TIME`); what was read by then counts. */
  readonly signal?: AbortSignal;
  /**
   * Told what there is when one store was read, holds a signature, and another store is still being read. That one stands in it as
   * unavailable, so that nothing but an allow can come of it.
   */
  readonly onPartial?: (evidence: Evidence) => void;
}

/**
 * What the registry holds for one image: both stores, always, side by side (cosign.md section 11 steps 1 to 3). Never rejects:
 * what could not be read is in the result as `unavailable`. Two round trips in sequence for legacy signatures, three for
 * bundles, whose blob only their own manifest names.
 */
export async function fetchEvidence(request: EvidenceRequest): Promise<Evidence> {
  const { registry, clock, signal, onPartial } = request;
  const digest = detach(request.digest);
  const ref = request.signatureRepository ?? request.repository;
  const fetchedAt = clock.now();
  const reader = createReader(registry, ref, signal);
  const options = signal === undefined ? {} : { signal };
  const place = nameOf(ref);
  const describe = (candidates: readonly Candidate[]): Evidence => ({
    repository: nameOf(request.repository),
    digest,
    candidates,
    lookedAt: [`${place}:${signatureTagOf(digest)}`, `referrers of ${place}@${digest}`],
    fetchedAt,
  });
  const candidates = await readSideBySide(
    [
      ['signature-tag', () => readSignatureTagStore(reader, digest)],
      [
        'referrers',
        () =>
          readReferrersStore(reader, digest, () => registry.listReferrers(ref, digest, options)),
      ],
    ],
    (partial) => onPartial?.(describe(partial)),
  );
  return describe(candidates);
}

type Reading = readonly [store: Store, read: () => Promise<readonly Candidate[]>];

/** The candidates of all stores, in their order; `onPartial` hears of those that are read before the last one is. */
async function readSideBySide(
  readings: readonly Reading[],
  onPartial: (candidates: readonly Candidate[]) => void,
): Promise<readonly Candidate[]> {
  const found = new Map<Store, readonly Candidate[]>();
  const collect = () => readings.flatMap(([store]) => found.get(store) ?? [notReadYet(store)]);
  await Promise.all(
    readings.map(async ([store, read]) => {
      found.set(store, await read());
      const all = collect();
      if (found.size < readings.length && all.some(({ kind }) => kind === 'sound')) onPartial(all);
    }),
  );
  return collect();
}

/** A store that is still being read: never "unsigned". */
function notReadYet(store: Store): Candidate {
  return { kind: 'unavailable', store, code: 'DEADLINE', detail: 'not read yet' };
}

function nameOf({ registry, repository }: RepositoryRef): string {
  return `${registry}/${repository}`;
}

/** The same text on memory of its own: a part of a longer string keeps all of that alive, here for a day. */
function detach(text: string): string {
  return Buffer.from(text).toString();
}
