import { parseKmp, parseKeySet } from '../../platform/kube/schemas.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import type { KeySet } from '../../core/keys/key-set.ts';
import type { Stage } from '../stage.ts';
import { NAMES } from './names.ts';
import { until } from './until.ts';

/** The key set of the walkthrough as the API server holds it now. */
export async function readKeySet(stage: Stage): Promise<KeySet | undefined> {
  const object = await stage.kube.get<unknown>(RESOURCES.keySets, {
    namespace: NAMES.system,
    name: NAMES.kmp,
  });
  if (object === undefined) return undefined;
  const parsed = parseKeySet(object);
  return parsed.ok ? parsed.value : undefined;
}

/** The versions that the walkthrough's KMP lists now. */
export async function readListedVersions(stage: Stage): Promise<readonly string[]> {
  const object = await stage.kube.get<unknown>(RESOURCES.kmps, { name: NAMES.kmp });
  const parsed = object === undefined ? undefined : parseKmp(object);
  if (!parsed?.ok) return [];
  return parsed.value.keys.map((key) => key.version ?? '');
}

export function conditionStatus(keySet: KeySet | undefined, type: string): string | undefined {
  return keySet?.status.conditions.find((condition) => condition.type === type)?.status;
}

/** The last thing that a managed provider brings about: after it, nothing looks at the vault but sweeps and events. */
export async function awaitInSync(stage: Stage): Promise<boolean> {
  const seen = await until(
    async () =>
      conditionStatus(await readKeySet(stage), 'ProviderInSync') === 'True' ? true : undefined,
    { deadlineMs: 5_000 },
  );
  return seen !== undefined;
}

/** Just after a sweep the next one is seconds away: what is seen then is an event's doing, and what only a sweep finds takes longest. */
export async function awaitSweep(stage: Stage): Promise<void> {
  const count = (): Promise<number> =>
    stage.worker.metric('keyward_worker_vault_reads_total', { cause: 'sweep' });
  const before = await count();
  await until(async () => ((await count()) > before ? true : undefined), { deadlineMs: 8_000 });
}

export type PodOutcome =
  | { readonly kind: 'created'; readonly image: string }
  | { readonly kind: 'refused'; readonly message: string };

/** What `kubectl run NAME --image=IMAGE` does, through the API. */
export async function runPod(stage: Stage, name: string, image: string): Promise<PodOutcome> {
  try {
    const pod = await stage.kube.create<{ spec: { containers: { image: string }[] } }>(
      RESOURCES.pods,
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: NAMES.namespace, labels: { run: name } },
        spec: { containers: [{ name, image }], restartPolicy: 'Always' },
      },
    );
    return { kind: 'created', image: pod.spec.containers[0]?.image ?? '' };
  } catch (error) {
    return { kind: 'refused', message: error instanceof Error ? error.message : String(error) };
  }
}
