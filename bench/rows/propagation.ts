import { RESOURCES } from '../../platform/kube/resources.ts';
import { readReplicaStatus } from '../../cli/replica-status.ts';
import type { Stage } from '../../sandbox/stage.ts';
import { NAMES } from '../../sandbox/story/names.ts';
import { awaitInSync, awaitSweep, readKeySet } from '../../sandbox/story/objects.ts';
import { until } from '../../sandbox/story/until.ts';
import { percentile } from '../load.ts';
import { atMost, type Row } from '../row.ts';

const DEADLINE_MS = 20_000;

async function timeUntil(
  what: string,
  check: () => Promise<boolean>,
  everyMs: number,
): Promise<number> {
  const seen = await until(async () => ((await check()) ? true : undefined), {
    deadlineMs: DEADLINE_MS,
    everyMs,
  });
  if (seen === undefined) throw new Error(`${what}: not seen within ${DEADLINE_MS / 1_000} s`);
  return seen.ms;
}

/** A new version in the vault → event → every replica answers with it. */
export async function measureHint(stage: Stage, samples: number): Promise<Row> {
  const times: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const version = stage.vault.rotate(NAMES.key);
    times.push(await timeUntil('a hint', () => stage.replicas.allTrust(version), 2));
  }
  return atMost({
    id: 'hint-every-replica',
    what: `event published → ${stage.replicas.count} replicas trust, p99 (median ${percentile(times, 0.5).toFixed(0)} ms)`,
    value: percentile(times, 0.99),
    bound: 250,
    unit: 'ms',
    samples,
  });
}

/** A KeyRevocation written → every replica has applied it, with the worker and its queue down. */
export async function measureRevoke(stage: Stage, samples: number): Promise<Row> {
  const times: number[] = [];
  await stage.worker.stop();
  for (let sample = 0; sample < samples; sample += 1) {
    const name = `bench-${sample}`;
    const began = performance.now();
    await stage.kube.create(RESOURCES.keyRevocations, {
      apiVersion: 'keyward.dev/v1alpha1',
      kind: 'KeyRevocation',
      metadata: { name },
      spec: { fingerprint: `sha256:${String(sample).padStart(64, '0')}`, reason: 'bench' },
    });
    await timeUntil(
      'a revocation',
      async () => {
        const statuses = await Promise.all(
          stage.replicas.statusUrls.map((url) => readReplicaStatus(url)),
        );
        return statuses.every((status) => status?.revocations.some((entry) => entry.name === name));
      },
      2,
    );
    times.push(performance.now() - began);
    await stage.kube.delete(RESOURCES.keyRevocations, { name });
  }
  await stage.worker.start();
  return atMost({
    id: 'revoke-every-replica',
    what: `KeyRevocation written → ${stage.replicas.count} replicas deny, worker down, p99 (median ${percentile(times, 0.5).toFixed(0)} ms)`,
    value: percentile(times, 0.99),
    bound: 150,
    unit: 'ms',
    samples,
  });
}

/** Disabled in the vault, no event at all → every replica denies. */
export async function measureDisable(stage: Stage, samples: number): Promise<Row> {
  const times: number[] = [];
  const interval = Number.parseFloat(
    (await readKeySet(stage))?.status.effectiveSweepInterval ?? '5s',
  );
  for (let sample = 0; sample < samples; sample += 1) {
    const { accepted } = stage.bus.stats();
    const version = stage.vault.rotate(NAMES.key);
    const name = `bench-disable:${sample}`;
    const publication = await stage.publisher.pushSigned(name, { version, format: 'legacy' });
    await timeUntil('a rotation', () => stage.replicas.allTrust(version), 10);
    await stage.replicas.ask(publication);
    // Otherwise the rotation's own aftermath would see it; and the worst moment is the one after a sweep.
    const handled = async (): Promise<boolean> =>
      (await awaitInSync(stage)) && stage.bus.stats().accepted > accepted;
    await timeUntil('the end of a rotation', handled, 10);
    await awaitSweep(stage);
    stage.vault.setEnabled(NAMES.key, version, false);
    times.push(
      await timeUntil(
        'a leak',
        async () => {
          const answers = await stage.replicas.ask(publication);
          return answers.every((answer) => answer.code === 'KEY_DISABLED');
        },
        10,
      ),
    );
  }
  return atMost({
    id: 'disable-denied',
    what: `disabled in the vault, no event → ${stage.replicas.count} replicas deny, worst (median ${percentile(times, 0.5).toFixed(0)} ms)`,
    value: Math.max(...times),
    bound: interval * 1_000 + 500,
    unit: 'ms',
    samples,
  });
}
