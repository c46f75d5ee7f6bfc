import { z } from 'zod';
import type { Publication } from '../publish.ts';
import type { Answer } from '../replicas.ts';
import type { Stage } from '../stage.ts';
import { NAMES, shortVersion } from './names.ts';
import { formatDuration } from './narrator.ts';
import { readKeySet } from './objects.ts';
import type { Outcome, Step } from './step.ts';
import { until } from './until.ts';

/** What the sweep's bound allows beyond the effective interval (DESIGN section 9). */
const MARGIN_MS = 500;

function parseSeconds(duration: string | undefined): number {
  return Number.parseFloat(duration ?? '5s');
}

const allAllowed = (answers: readonly Answer[]): boolean =>
  answers.every((answer) => answer.allowed);

interface Denial {
  readonly afterMs: number | null;
  readonly code: string | null;
  readonly boundMs: number;
}

async function awaitDenial(stage: Stage, image: Publication): Promise<Denial> {
  const keySet = await readKeySet(stage);
  const boundMs = parseSeconds(keySet?.status.effectiveSweepInterval) * 1_000 + MARGIN_MS;
  const deadlineMs = boundMs + 5_000;
  const seen = await until(
    async () => {
      const answers = await stage.replicas.ask(image);
      return answers.every((answer) => answer.code === 'KEY_DISABLED') ? true : undefined;
    },
    { deadlineMs, everyMs: 25 },
  );
  const count = stage.replicas.count;
  stage.say.line(
    seen
      ? `${count}/${count} replicas deny  ${formatDuration(seen.ms)} (bound ${boundMs / 1_000} s)`
      : `NOT denied within ${formatDuration(deadlineMs)}`,
  );
  return seen
    ? { afterMs: Math.round(seen.ms), code: 'KEY_DISABLED', boundMs }
    : { afterMs: null, code: null, boundMs };
}

const impactSchema = z.object({ pods: z.array(z.object({ pod: z.string() })) });

async function listRunning(stage: Stage, key: string): Promise<readonly string[]> {
  const impact = await stage.keyward(['impact', key, '-o', 'json']);
  if (impact.code !== 0) throw new Error(`keyward impact: ${impact.stderr.trim()}`);
  const running = impactSchema.parse(JSON.parse(impact.stdout)).pods.map(({ pod }) => pod);
  stage.say.run(`keyward impact ${key} -o json`);
  return running;
}

async function run(stage: Stage): Promise<Outcome> {
  const [leaked, next] = stage.vault.versionsOf(NAMES.key);
  if (leaked === undefined || next === undefined)
    throw new Error('the rotation before left no two versions');
  const oldImage = stage.publisher.find('net-monitor:v1');
  const before = await stage.control.before({ ...oldImage, version: leaked });

  stage.say.equivalent(
    `az keyvault key set-attributes --vault-name ${NAMES.vault} --name ${NAMES.key} --version ${leaked} --enabled false`,
  );
  stage.say.line('Azure sends no event for this. Sweeping…');
  stage.vault.setEnabled(NAMES.key, leaked, false);
  const denial = await awaitDenial(stage, oldImage);
  const othersAllowed = allAllowed(
    await stage.replicas.ask(stage.publisher.find('net-monitor:v2')),
  );
  stage.say.line(
    `net-monitor:v1 DENY ${denial.code ?? '?'}   net-monitor:v2 ${othersAllowed ? 'ALLOW' : 'DENY'}`,
  );
  const running = await listRunning(stage, `azurekms://${NAMES.vaultHost}/${NAMES.key}/${leaked}`);
  stage.say.line(`still running on ${shortVersion(leaked)}: ${running.join(', ') || 'nothing'}`);
  const control = await stage.control.after({ ...oldImage, version: leaked }, before);
  stage.say.line(
    `Control: same leak with the hand-edited KMP of today: ${control.answer} (${control.source})`,
  );
  return {
    ok:
      denial.afterMs !== null &&
      othersAllowed &&
      running.includes('default/demo-signed') &&
      control.answer === 'ALLOW',
    detail: {
      leaked,
      ...denial,
      withinBound: denial.afterMs !== null && denial.afterMs <= denial.boundMs,
      othersAllowed,
      running,
      control,
    },
  };
}

export const leak: Step = { id: 'leak', title: 'Leak', run };
