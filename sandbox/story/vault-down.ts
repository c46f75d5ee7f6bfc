import type { Stage } from '../stage.ts';
import { conditionStatus, readKeySet } from './objects.ts';
import type { Outcome, Step } from './step.ts';
import { until } from './until.ts';

async function verdicts(stage: Stage): Promise<readonly string[]> {
  const images = ['net-monitor:v1', 'net-monitor:v2', 'net-watcher:v1'];
  const answers = await Promise.all(
    images.map((name) => stage.replicas.ask(stage.publisher.find(name))),
  );
  return answers.flat().map((answer) => (answer.allowed ? 'ALLOW' : (answer.code ?? 'DENY')));
}

async function waitForVault(stage: Stage, status: 'True' | 'False'): Promise<boolean> {
  const seen = await until(
    async () =>
      conditionStatus(await readKeySet(stage), 'VaultReachable') === status ? true : undefined,
    { deadlineMs: 15_000, everyMs: 50 },
  );
  return seen !== undefined;
}

async function run(stage: Stage): Promise<Outcome> {
  const reachable = await waitForVault(stage, 'True');
  const before = await verdicts(stage);
  stage.vault.faults.set('503');
  const noticed = await waitForVault(stage, 'False');
  const during = await verdicts(stage);
  const keySet = await readKeySet(stage);
  const lastRead = Date.parse(keySet?.status.lastReconciledTime ?? '');
  const ageSeconds = Math.round((Date.now() - lastRead) / 1_000);
  stage.vault.faults.set('none');
  const unchanged = JSON.stringify(before) === JSON.stringify(during);
  stage.say.line(
    `the vault answers 503: verdicts ${unchanged ? 'unchanged' : 'CHANGED'}; last read ${ageSeconds} s ago, limit ${(keySet?.spec.staleAfterSeconds ?? 0) / 3_600} h`,
  );
  return {
    ok: reachable && noticed && unchanged && before.includes('ALLOW'),
    detail: { reachableBefore: reachable, noticed, before, during, lastReadSecondsAgo: ageSeconds },
  };
}

export const vaultDown: Step = { id: 'vault-down', title: 'Vault down (503)', run };
