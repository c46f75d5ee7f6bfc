import type { Stage } from '../stage.ts';

export const STEP_IDS = [
  'walkthrough',
  'signed',
  'unsigned',
  'rotation',
  'leak',
  'revoke',
  'vault-down',
  'forged-event',
] as const;
export type StepId = (typeof STEP_IDS)[number];

/** What came out of a step: `ok` speaks of outcomes, figures and bounds stand in `detail`. */
export interface Outcome {
  readonly ok: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Step {
  readonly id: StepId;
  readonly title: string;
  run(stage: Stage): Promise<Outcome>;
}

export interface StepReport extends Outcome {
  readonly id: StepId;
  readonly title: string;
  readonly ms: number;
}

export interface StoryReport {
  readonly steps: readonly StepReport[];
  readonly ok: boolean;
  readonly ms: number;
  readonly versions: Readonly<Record<string, string>>;
}
