/** What people see of keyward's objects is what kubectl prints: the real kubectl prints the same for the stand-in and a real server. */
import { afterAll, beforeAll } from '@jest/globals';
import { describeWith } from '../peers.ts';
import { declareDifferences } from './kubectl-differences.ts';
import { declareOwnKinds } from './kubectl-own-kinds.ts';
import { declarePods } from './kubectl-pods.ts';
import { startKubectlScene, type KubectlScene } from './kubectl-scene.ts';
import { declareWalkthrough } from './kubectl-walkthrough.ts';

const contract = describeWith('the contract of kubectl', { programs: ['kube'], group: 'kube' });

contract('kubectl', () => {
  let scene: KubectlScene | undefined;
  const current = (): KubectlScene => {
    if (scene === undefined) throw new Error('the clusters did not start');
    return scene;
  };
  beforeAll(async () => {
    scene = await startKubectlScene();
  }, 120_000);
  afterAll(() => scene?.close());

  declareWalkthrough(current);
  declareOwnKinds(current);
  declarePods(current);
  declareDifferences(current);
});
