import type { Stage } from '../stage.ts';
import { NAMES } from './names.ts';
import { readKeySet } from './objects.ts';
import type { Outcome, Step } from './step.ts';
import { until } from './until.ts';

const FORGED_VERSION = 'f'.repeat(32);

async function run(stage: Stage): Promise<Outcome> {
  const before = await readKeySet(stage);
  const readsBefore = await stage.worker.metric('keyward_worker_vault_reads_total', {
    cause: 'hint',
  });
  const handledBefore = stage.bus.stats().accepted;
  stage.eventGrid.publishNewVersion({
    vaultUri: NAMES.vaultUri,
    name: NAMES.key,
    version: FORGED_VERSION,
  });
  const handled = await until(
    async () => (stage.bus.stats().accepted > handledBefore ? true : undefined),
    { deadlineMs: 8_000 },
  );
  const reads =
    (await stage.worker.metric('keyward_worker_vault_reads_total', { cause: 'hint' })) -
    readsBefore;
  const after = await readKeySet(stage);
  const changes =
    JSON.stringify(before?.status.versions) === JSON.stringify(after?.status.versions) ? 0 : 1;
  stage.say.line(
    `an event names a version that the vault does not have: ${reads} vault read, ${changes} changes`,
  );
  return {
    ok: handled !== undefined && reads === 1 && changes === 0 && before !== undefined,
    detail: { handled: handled !== undefined, vaultReads: reads, changes },
  };
}

export const forgedEvent: Step = { id: 'forged-event', title: 'Forged event', run };
