import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { format, resolveConfig } from 'prettier';
import { referencePages } from '../../../scripts/reference/pages.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

describe('the reference pages', () => {
  it.each([...referencePages()])('%s says what the code says', async (path, text) => {
    const file = join(ROOT, path);
    const options = await resolveConfig(file);
    const fresh = await format(text, { ...options, filepath: file });
    // To mend: npm run reference
    expect(readFileSync(file, 'utf8')).toBe(fresh);
  });
});
