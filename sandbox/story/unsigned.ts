import type { Stage } from '../stage.ts';
import { runPod } from './objects.ts';
import type { Outcome, Step } from './step.ts';

async function run(stage: Stage): Promise<Outcome> {
  const { image, digest } = stage.publisher.push('net-watcher:v1');
  stage.say.equivalent(`kubectl run demo-unsigned --image=${image}`);
  const pod = await runPod(stage, 'demo-unsigned', image);
  const message = pod.kind === 'refused' ? pod.message : `created with ${pod.image}`;
  stage.say.line(
    pod.kind === 'refused' ? `Error from server (Forbidden): ${message}` : `→ ${message}`,
  );
  const ok =
    message.includes('admission webhook "validate.keyward.dev" denied the request') &&
    message.includes('NO_SIGNATURE') &&
    message.includes(digest);
  return { ok, detail: { pod: pod.kind, image, digest, message } };
}

export const unsigned: Step = { id: 'unsigned', title: 'Unsigned', run };
