import type { Evidence } from '../../core/verdict/evidence.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Registry, RepositoryRef } from '../../platform/registry/registry.ts';
import { createReader } from './reader.ts';
import { readReferrersStore } from './referrers.ts';
import { readSignatureTagStore, signatureTagOf } from './signature-tag.ts';

export interface EvidenceRequest {
  readonly registry: Registry;
  readonly repository: RepositoryRef;
  /** `sha256:<64 lower hex>`: the caller resolved the tag, once. */
  readonly digest: string;
  readonly clock: Clock;
  /** Ends what is still being read as unavailable (`LIMIT_TIME`); what was read by then counts. */
  readonly signal?: AbortSignal;
}

/**
 * What the registry holds for one image: both stores, always, side by side (cosign.md section 11 steps 1 to 3). Never rejects:
 * what could not be read is in the result as `unavailable`. Two round trips in sequence for legacy signatures, three for
 * bundles, whose blob only their own manifest names.
 */
export async function fetchEvidence(request: EvidenceRequest): Promise<Evidence> {
  const { registry, repository: ref, digest, clock, signal } = request;
  const fetchedAt = clock.now();
  const reader = createReader(registry, ref, signal);
  const options = signal === undefined ? {} : { signal };
  const [signatures, referrers] = await Promise.all([
    readSignatureTagStore(reader, digest),
    readReferrersStore(reader, digest, () => registry.listReferrers(ref, digest, options)),
  ]);
  const repository = `${ref.registry}/${ref.repository}`;
  return {
    repository,
    digest,
    candidates: [...signatures, ...referrers],
    lookedAt: [`${repository}:${signatureTagOf(digest)}`, `referrers of ${repository}@${digest}`],
    fetchedAt,
  };
}
