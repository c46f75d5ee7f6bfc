import { isKubeError, type KubeError } from '../../platform/kube/kube-error.ts';
import type { Kube } from '../../platform/kube/kube.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import { resourceOf, type ObservedKeySet } from '../observe/observe-key-set.ts';
import type { Plan } from '../plan/plan-key-set.ts';
import { createGeneratedPatch, createGeneratedProvider } from './generated-provider.ts';
import { createProviderPatch } from './provider-patch.ts';
import { createTombstoneKey } from './tombstone-key.ts';

export type Written = 'status' | 'provider' | 'generated';

export interface PerformOptions {
  readonly kube: Kube;
  readonly signal: AbortSignal;
  /** Called after each of the writes, which may be followed by one that fails. */
  readonly onWritten: (what: Written) => void;
}

/**
 * Carries out a plan: the status first, which admission follows at once, then the provider. Every write names the resourceVersion that was
 * observed; rejects with KubeError CONFLICT when something changed since, and then the plan is worth nothing.
 */
export async function performPlan(
  observed: ObservedKeySet,
  plan: Plan,
  options: PerformOptions,
): Promise<void> {
  const failure = await writeStatus(observed, plan, options);
  await writeProvider(observed, plan, options);
  await writeGenerated(plan, options);
  if (failure !== undefined) throw failure;
}

/** A refusal of the status is no reason to leave a disabled version in the provider; a conflict is: the plan is old. */
async function writeStatus(
  { object }: ObservedKeySet,
  plan: Plan,
  { kube, signal, onWritten }: PerformOptions,
): Promise<KubeError | undefined> {
  if (plan.writeStatus === 'no') return undefined;
  const next = { ...object, status: plan.status };
  try {
    await kube.replace(RESOURCES.keySets, next, { subresource: 'status', signal });
  } catch (error) {
    const isRefusal = isKubeError(error, 'FORBIDDEN') || isKubeError(error, 'INVALID');
    if (isRefusal) return error;
    throw error;
  }
  onWritten('status');
  return undefined;
}

async function writeProvider(
  { observation: { kmp } }: ObservedKeySet,
  plan: Plan,
  { kube, signal, onWritten }: PerformOptions,
): Promise<void> {
  if (plan.kmp === undefined || kmp === undefined) return;
  const place = {
    name: kmp.name,
    ...(kmp.namespace === undefined ? {} : { namespace: kmp.namespace }),
    signal,
  };
  const body = createProviderPatch(kmp, plan.kmp, createTombstoneKey);
  await kube.patch(resourceOf(kmp.kind), place, { type: 'merge', body });
  onWritten('provider');
}

async function writeGenerated(
  { generated }: Plan,
  { kube, signal, onWritten }: PerformOptions,
): Promise<void> {
  if (generated === undefined) return;
  const { place, existing } = generated;
  const resource = resourceOf(place.kind);
  if (existing === undefined) {
    const object = createGeneratedProvider(generated, resource, createTombstoneKey);
    await kube.create(resource, object, { signal });
  } else {
    const { name, namespace } = place;
    const where = namespace === undefined ? { name, signal } : { name, namespace, signal };
    const body = createGeneratedPatch(generated, createTombstoneKey);
    await kube.patch(resource, where, { type: 'merge', body });
  }
  onWritten('generated');
}
