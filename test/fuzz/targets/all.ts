import type { Target } from '../target.ts';
import { DOCUMENTS } from './documents.ts';
import { KEYS } from './keys.ts';
import { NAMES } from './names.ts';
import { WEBHOOK } from './webhook.ts';

export const TARGETS: readonly Target[] = [...DOCUMENTS, ...NAMES, ...KEYS, ...WEBHOOK];
