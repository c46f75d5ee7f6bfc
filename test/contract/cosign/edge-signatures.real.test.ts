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

/** Drawn by the script unless one is given. */
const { KEYWARD_EDGE_SEED: given } = process.env;
const SEED = given === undefined ? [] : [given];

describeWithPython('the edge cases of signatures, by fresh keys of Python’s cryptography', () => {
  it('are expected and answered as those that are kept', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyward-edge-'));
    try {
      const file = join(folder, 'edge-signatures.json');
      await promisify(execFile)(programPath('python/bin/python'), [SCRIPT, file, ...SEED]);
      const fresh = readEdgeSignatures(file);
      expect(outlineOf(fresh)).toEqual(outlineOf(readEdgeSignatures()));
      // The seed beside a surprise: with it in KEYWARD_EDGE_SEED the same keys and signatures come back.
      const surprises = fresh.keys.flatMap((key) => findSurprises(fresh, key));
      expect(surprises.map((surprise) => `seed ${fresh.seed}: ${surprise}`)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
