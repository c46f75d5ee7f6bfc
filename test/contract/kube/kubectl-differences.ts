import { describe, expect, it } from '@jest/globals';
import { LEAKED, REVOCATION } from './kubectl-fixtures.ts';
import type { KubectlScene } from './kubectl-scene.ts';

/** Where the two differ and are left to: docs/verified.md admits each of these. */
export function declareDifferences(current: () => KubectlScene): void {
  describe('sees where the stand-in does less', () => {
    const differing: [what: string, line: string, refusal: string][] = [
      [
        'no one asks it about permissions',
        'auth can-i create keyrevocations',
        'could not find the requested resource',
      ],
      [
        'it reads protobuf of four kinds only',
        'create deployment web --image=a',
        'in an unknown format',
      ],
      [
        'it hands out no tokens',
        'create token keyward-worker -n keyward-system',
        'could not find the requested resource',
      ],
    ];
    it.each(differing)('%s', async (_what, line, refusal) => {
      const [ours, theirs] = await current().both(line.split(' '));
      expect(theirs.code).toBe(0);
      expect(ours).toEqual({ code: 1, text: expect.stringContaining(refusal) });
    });

    it('CEL rules of a definition are not evaluated', async () => {
      const text = JSON.stringify(REVOCATION);
      await current().same('create -f -', text);
      const [ours, theirs] = await current().both(
        ['apply', '-f', '-'],
        text.replace(LEAKED, LEAKED.replace('0', '1')),
      );
      expect(ours.code).toBe(0);
      expect(theirs.text).toContain('a revocation is immutable');
    });
  });
}
