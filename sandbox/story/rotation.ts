import { RESOURCES } from '../../platform/kube/resources.ts';
import type { Answer } from '../replicas.ts';
import type { Stage } from '../stage.ts';
import { NAMES, shortVersion, signCommand } from './names.ts';
import { formatDuration } from './narrator.ts';
import { awaitInSync, awaitSweep, readListedVersions } from './objects.ts';
import type { Outcome, Step } from './step.ts';
import { until } from './until.ts';

const word = (answers: readonly Answer[]): string =>
  answers.every((answer) => answer.allowed) ? 'ALLOW' : 'NOT ALLOWED';

async function manage(stage: Stage): Promise<boolean> {
  const diff = await stage.keyward(['diff', NAMES.kmp]);
  stage.say.run(`keyward diff ${NAMES.kmp}`);
  for (const line of diff.stdout.trimEnd().split('\n')) stage.say.line(`  ${line}`);
  stage.say.equivalent(
    `kubectl annotate keymanagementprovider ${NAMES.kmp} keyward.dev/manage=patch`,
  );
  await stage.kube.patch(
    RESOURCES.kmps,
    { name: NAMES.kmp },
    { type: 'merge', body: { metadata: { annotations: { 'keyward.dev/manage': 'patch' } } } },
  );
  const narrow = diff.code === 0 && diff.stdout.includes('nothing widens');
  return (await awaitInSync(stage)) && narrow;
}

async function run(stage: Stage): Promise<Outcome> {
  const narrow = await manage(stage);
  const oldVersion = stage.vault.currentVersion(NAMES.key);
  const signedByOld = stage.publisher.find('net-monitor:v1');

  await awaitSweep(stage);
  // The event is held back while the first image is signed with the new version, so that a waiting image can be seen.
  stage.eventGrid.switches.holdAndReverse = true;
  const newVersion = stage.vault.rotate(NAMES.key);
  stage.say.equivalent(`az keyvault key rotate --vault-name ${NAMES.vault} --name ${NAMES.key}`);
  const signedByNew = await stage.publisher.pushSigned('net-monitor:v2', {
    version: newVersion,
    format: 'bundle',
  });
  stage.say.equivalent(signCommand(signedByNew.image, 'bundle'));
  const waiting = await stage.replicas.ask(signedByNew);
  const requestsBefore = stage.registry.requests().count;
  const acceptedBefore = stage.bus.stats().accepted;
  stage.eventGrid.switches.holdAndReverse = false;
  stage.eventGrid.release();
  const trusted = await until(
    async () => ((await stage.replicas.allTrust(newVersion)) ? true : undefined),
    { deadlineMs: 8_000, everyMs: 5 },
  );
  stage.say.line(
    `  → event → ${stage.replicas.count}/${stage.replicas.count} replicas trust ${shortVersion(newVersion)}   ${trusted ? formatDuration(trusted.ms) : 'NOT SEEN'}`,
  );
  const [byOld, byNew] = [
    await stage.replicas.ask(signedByOld),
    await stage.replicas.ask(signedByNew),
  ];
  const requests = stage.registry.requests().count - requestsBefore;
  const patched = await until(
    async () => {
      const listed = await readListedVersions(stage);
      return listed.includes(newVersion) && listed.includes(oldVersion) ? listed : undefined;
    },
    { deadlineMs: 5_000 },
  );
  stage.say.line(
    `${patched ? 'KMP patched' : 'KMP NOT patched'}; image signed by the old version ${word(byOld)}, by the new ${word(byNew)}; registry requests ${requests}`,
  );
  const handled = await until(
    async () => (stage.bus.stats().accepted > acceptedBefore ? true : undefined),
    { deadlineMs: 5_000 },
  );
  const settled = await awaitInSync(stage);
  const ok =
    narrow &&
    settled &&
    handled !== undefined &&
    waiting.every((answer) => !answer.allowed) &&
    trusted !== undefined &&
    patched !== undefined &&
    [...byOld, ...byNew].every((answer) => answer.allowed) &&
    requests === 0;
  return {
    ok,
    detail: {
      oldVersion,
      newVersion,
      diffWidens: !narrow,
      waitingWasRefused: waiting.every((answer) => !answer.allowed),
      eventToAllReplicasMs: trusted ? Math.round(trusted.ms) : null,
      boundMs: 250,
      kmpVersions: patched?.value ?? [],
      oldImage: word(byOld),
      newImage: word(byNew),
      registryRequests: requests,
    },
  };
}

export const rotation: Step = { id: 'rotation', title: 'Rotation', run };
