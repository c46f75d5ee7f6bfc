import { RESOURCES } from '../../platform/kube/resources.ts';
import type { Stage } from '../stage.ts';
import { NAMES } from './names.ts';
import { formatDuration } from './narrator.ts';
import type { Outcome, Step } from './step.ts';
import { until } from './until.ts';

interface RevokeReport {
  readonly name: string;
  readonly replicas: { readonly confirmed: number; readonly total: number };
  readonly ms: number;
}

async function run(stage: Stage): Promise<Outcome> {
  const version = stage.vault.currentVersion(NAMES.key);
  const publication = stage.publisher.find('net-monitor:v2');
  const before = await stage.replicas.ask(publication);

  await stage.worker.stop();
  stage.say.line('worker and queue stopped');
  const key = `azurekms://${NAMES.vaultHost}/${NAMES.key}/${version}`;
  const command = ['revoke', key, '--reason', 'leaked', '-o', 'json'];
  stage.say.run(`keyward ${command.join(' ')}`);
  const result = await stage.keyward(command);
  const report = result.code === 0 ? (JSON.parse(result.stdout) as RevokeReport) : undefined;
  const after = await stage.replicas.ask(publication);
  const denied = after.filter((answer) => answer.code === 'KEY_REVOKED').length;
  stage.say.line(
    report
      ? `→ ${denied}/${stage.replicas.count} replicas deny   ${formatDuration(report.ms)}`
      : `→ ${result.stderr.trim()}`,
  );

  const name = report?.name ?? '';
  stage.say.equivalent(`kubectl delete keyrevocation ${name}`, '(lifted)');
  if (name !== '') await stage.kube.delete(RESOURCES.keyRevocations, { name });
  await stage.worker.start();
  const lifted = await until(
    async () => {
      const answers = await stage.replicas.ask(publication);
      return answers.every((answer) => answer.allowed) ? true : undefined;
    },
    { deadlineMs: 5_000 },
  );
  return {
    ok:
      before.every((answer) => answer.allowed) &&
      denied === stage.replicas.count &&
      report?.replicas.confirmed === stage.replicas.count &&
      lifted !== undefined,
    detail: {
      version,
      revokedToAllReplicasMs: report?.ms ?? null,
      boundMs: 150,
      denied,
      lifted: lifted !== undefined,
    },
  };
}

export const revoke: Step = { id: 'revoke', title: 'Revoke', run };
