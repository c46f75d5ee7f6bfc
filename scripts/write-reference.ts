/** Writes the reference pages from the code: `npm run reference`. A test compares them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './reference/pages.ts';

for (const [path, text] of referencePages())
  writeFileSync(join(import.meta.dirname, '..', path), text);
