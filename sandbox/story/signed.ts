import type { Stage } from '../stage.ts';
import { NAMES, shortVersion, signCommand } from './names.ts';
import { runPod } from './objects.ts';
import type { Outcome, Step } from './step.ts';

async function run(stage: Stage): Promise<Outcome> {
  const version = stage.vault.currentVersion(NAMES.key);
  const { image, digest } = await stage.publisher.pushSigned('net-monitor:v1', {
    version,
    format: 'legacy',
  });
  stage.say.equivalent(signCommand(image, 'legacy'));
  stage.say.equivalent(`kubectl run demo-signed --image=${image}`);
  const pod = await runPod(stage, 'demo-signed', image);
  const pinned = pod.kind === 'created' && pod.image.endsWith(`@${digest}`);
  const answers = await stage.replicas.ask({ image, digest });
  const vouched = answers.every((answer) => answer.allowed && answer.key?.includes(version));
  stage.say.line(
    pod.kind === 'created'
      ? `→ created, pinned to ${digest.slice(0, 19)}…, vouched by ${NAMES.key}/${shortVersion(version)}`
      : `→ ${pod.message}`,
  );
  return {
    ok: pinned && vouched,
    detail: { pod: pod.kind, image, digest, pinned, vouched, version },
  };
}

export const signed: Step = { id: 'signed', title: 'Signed', run };
