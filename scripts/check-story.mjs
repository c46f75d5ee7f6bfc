#!/usr/bin/env node
// Holds the one JSON document of `npm start -- --once --json` to its promise: all eight steps, in order, each as expected.
import { readFileSync } from 'node:fs';

const IDS = [
  'walkthrough',
  'signed',
  'unsigned',
  'rotation',
  'leak',
  'revoke',
  'vault-down',
  'forged-event',
];
const story = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const found = story.steps.map((step) => step.id);
const wrong = story.steps.filter((step) => step.ok !== true);
if (JSON.stringify(found) !== JSON.stringify(IDS)) {
  console.error(`steps are ${found.join(', ')}; expected ${IDS.join(', ')}`);
  process.exit(1);
}
for (const step of wrong)
  console.error(`step ${step.id} is not ok: ${JSON.stringify(step.detail)}`);
const control = story.steps.find((step) => step.id === 'leak')?.detail.control?.source ?? '';
if (process.argv.includes('real') && !control.startsWith('real Ratify')) {
  console.error(`the control was not live: ${control}`);
  process.exit(1);
}
if (wrong.length > 0 || story.ok !== true) process.exit(1);
console.log(`   8/8 steps as expected in ${(story.ms / 1000).toFixed(1)} s`);
