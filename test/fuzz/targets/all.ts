import type { Target } from '../target.ts';
import { DOCUMENTS } from './documents.ts';
import { ENCODINGS } from './encodings.ts';
import { KEYS } from './keys.ts';
import { NAMES } from './names.ts';
import { OBJECTS } from './objects.ts';
import { SCENES } from './scenes.ts';
import { WEBHOOK } from './webhook.ts';

/** Every reader of bytes from outside; the last one goes all the way from what a registry holds to a verdict. */
export const TARGETS: readonly Target[] = [
  ...ENCODINGS,
  ...DOCUMENTS,
  ...NAMES,
  ...KEYS,
  ...OBJECTS,
  ...WEBHOOK,
  ...SCENES,
];
