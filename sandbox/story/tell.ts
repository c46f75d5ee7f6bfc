import { describeError } from '../../platform/observe/describe-error.ts';
import type { Stage } from '../stage.ts';
import { formatDuration } from './narrator.ts';
import { leak } from './leak.ts';
import { forgedEvent } from './forged-event.ts';
import { revoke } from './revoke.ts';
import { rotation } from './rotation.ts';
import { signed } from './signed.ts';
import type { Step, StepReport, StoryReport } from './step.ts';
import { unsigned } from './unsigned.ts';
import { vaultDown } from './vault-down.ts';
import { walkthrough } from './walkthrough.ts';

const STEPS: readonly Step[] = [
  walkthrough,
  signed,
  unsigned,
  rotation,
  leak,
  revoke,
  vaultDown,
  forgedEvent,
];

async function runStep(step: Step, stage: Stage): Promise<StepReport> {
  const began = performance.now();
  const shownBefore = stage.say.commands().length;
  const report = (ok: boolean, detail: Readonly<Record<string, unknown>>): StepReport => ({
    id: step.id,
    title: step.title,
    ok,
    ms: Math.round(performance.now() - began),
    detail: { ...detail, commands: stage.say.commands().slice(shownBefore) },
  });
  try {
    const outcome = await step.run(stage);
    if (!outcome.ok) stage.say.line(`NOT AS EXPECTED: ${JSON.stringify(outcome.detail)}`);
    return report(outcome.ok, outcome.detail);
  } catch (error) {
    const problem = describeError(error);
    stage.say.line(`FAILED: ${problem.message}`);
    return report(false, { error: problem });
  }
}

/** Tells the eight steps in order. A step that fails does not end the story: the ones after it say what they saw. */
export async function tellStory(stage: Stage, began: number): Promise<StoryReport> {
  const steps: StepReport[] = [];
  for (const [index, step] of STEPS.entries()) {
    if (stage.signal.aborted) break;
    stage.say.title(index + 1, step.title);
    steps.push(await runStep(step, stage));
  }
  const asExpected = steps.filter((step) => step.ok).length;
  const ms = Math.round(performance.now() - began);
  stage.say.plain(
    `${asExpected}/${STEPS.length} as expected in ${formatDuration(ms)}. Not proven here: Azure latency, Entra, AKS → docs/verified.md`,
  );
  return { steps, ok: asExpected === STEPS.length, ms, versions: stage.versions };
}
