import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const IMPORT = /(?:from|import)\s*\(?\s*'([^']+)'/gu;

/** Every file and package that these files load, and what those load. */
function reachFrom(files: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const follow = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, target = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)) {
      if (target.startsWith('.')) follow(relative(ROOT, join(ROOT, dirname(file), target)));
      else reached.add(target);
    }
  };
  for (const file of files) follow(file);
  return reached;
}

it('nothing that judges an image can reach a vault: signatures are checked here, by the public key (K-22)', () => {
  const files = ['core', 'webhook'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(room, name)),
  );
  const reached = [...reachFrom(files)];
  expect(reached).toContain('core/cosign/verify-signature.ts');
  expect(reached.filter((name) => /platform\/vault|keyvault/u.test(name))).toEqual([]);
});
