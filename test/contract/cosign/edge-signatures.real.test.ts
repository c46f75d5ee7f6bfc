/** The independent signer signs anew with fresh keys: it expects what it expected before, and keyward answers so. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { findSurprises, outlineOf, readEdgeSignatures } from '../../support/edge-signatures.ts';
import { programPath } from '../program-path.ts';
import { describeWithPython } from '../python-driver.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', 'vectors', 'make', 'edge_signatures.py');

describeWithPython('the edge cases of signatures, by fresh keys of Python’s cryptography', () => {
  it('are expected and answered as those that are kept', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyward-edge-'));
    try {
      const file = join(folder, 'edge-signatures.json');
      await promisify(execFile)(programPath('python/bin/python'), [SCRIPT, file]);
      const fresh = readEdgeSignatures(file);
      expect(outlineOf(fresh)).toEqual(outlineOf(readEdgeSignatures()));
      expect(fresh.keys.flatMap((key) => findSurprises(fresh, key))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
