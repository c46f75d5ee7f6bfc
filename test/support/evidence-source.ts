import type { Candidate, Evidence } from '../../core/verdict/evidence.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { EvidenceFetch, ImageKey } from '../../webhook/evidence/evidence-cache.ts';
import { DIGEST } from './signatures.ts';
import { evidenceOf } from './trust.ts';

export interface EvidenceSource {
  readonly fetch: EvidenceFetch;
  /** What stands in the registry now. */
  candidates: readonly Candidate[];
  /** What a fetch tells at once, before it waits for the rest; undefined: nothing. */
  early: readonly Candidate[] | undefined;
  /** What a fetch rejects with: against its contract. */
  fault: Error | undefined;
  /** Every fetch begun. */
  readonly asked: readonly ImageKey[];
  readonly signals: readonly AbortSignal[];
  /** From now on fetches wait for the function returned; they give what stands there when they end. */
  hold(): () => void;
}

export const KEY: ImageKey = {
  registry: 'contoso.azurecr.io',
  repository: 'team/app',
  digest: DIGEST,
};

/** What fetches of evidence bring, without a registry. */
export function createEvidenceSource(clock: Clock): EvidenceSource {
  let gate = Promise.resolve();
  const asked: ImageKey[] = [];
  const signals: AbortSignal[] = [];
  const source: EvidenceSource = {
    candidates: [],
    early: undefined,
    fault: undefined,
    asked,
    signals,
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    fetch: async (image, signal, onPartial): Promise<Evidence> => {
      asked.push(image);
      signals.push(signal);
      const fetchedAt = clock.now();
      const place = { repository: `${image.registry}/${image.repository}`, digest: image.digest };
      if (source.early !== undefined) onPartial(evidenceOf(source.early, { ...place, fetchedAt }));
      await gate;
      if (source.fault !== undefined) throw source.fault;
      return evidenceOf(source.candidates, { ...place, fetchedAt });
    },
  };
  return source;
}
