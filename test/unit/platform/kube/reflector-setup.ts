import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createLogger } from '../../../../platform/observe/logger.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import type { KubeObject } from '../../../../platform/kube/kube.ts';
import { createReflector, type ReflectorOptions } from '../../../../platform/kube/reflector.ts';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { createScriptedKube } from './scripted-kube.ts';

/** A reflector of key sets, of which only the name and whether it is `good` are parsed, over a scripted Kube. */
export function startReflector(change: Partial<ReflectorOptions<string>> = {}) {
  const script = createScriptedKube();
  const clock = createFakeClock();
  const metrics = createMetrics();
  const lines: string[] = [];
  const changes: (readonly string[])[] = [];
  const stop = new AbortController();
  const reflector = createReflector<string>({
    kube: script.kube,
    resource: RESOURCES.keySets,
    parse: (object: KubeObject) =>
      object['good'] === true
        ? { ok: true, value: `${object.metadata.name}@${object.metadata.resourceVersion}` }
        : { ok: false, problems: ['spec: is bad'] },
    onChange: (keys) => changes.push(keys),
    logger: createLogger({
      level: 'debug',
      component: 'test',
      destination: { write: (line) => lines.push(line) },
    }),
    metrics,
    clock,
    random: () => 0,
    ...change,
  });
  const relists = async () => {
    const metric = await metrics.registry.getSingleMetric('keyward_kube_relists_total')?.get();
    return metric?.values[0]?.value ?? 0;
  };
  return {
    ...script,
    clock,
    reflector,
    changes,
    lines,
    relists,
    stop: () => {
      stop.abort(new Error('test is over'));
    },
    start: () => reflector.start(stop.signal),
    values: () => [...reflector.items().values()].toSorted(),
  };
}
