/**
 * Writes the tables of docs/verified-cosign.md from the rows:
 * `bin/node test/contract/cosign/attacks/write-document.ts && npx prettier --write docs/verified-cosign.md`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceRows } from './document.ts';

const path = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'verified-cosign.md');
writeFileSync(path, replaceRows(readFileSync(path, 'utf8')));
