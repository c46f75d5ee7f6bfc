import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { RESOURCES } from '../../platform/kube/resources.ts';
import type { Stage } from '../stage.ts';
import { NAMES } from './names.ts';
import { conditionStatus, readKeySet } from './objects.ts';
import type { Outcome, Step } from './step.ts';
import { until } from './until.ts';

const KINDS = {
  Store: RESOURCES.stores,
  KeyManagementProvider: RESOURCES.kmps,
  Verifier: RESOURCES.verifiers,
} as const;

interface RatifyObject {
  kind: keyof typeof KINDS;
  metadata: { name: string };
  status?: { issuccess?: boolean };
}

async function readSuccess(stage: Stage, objects: readonly RatifyObject[]): Promise<number> {
  const found = await Promise.all(
    objects.map((object) =>
      stage.kube.get<RatifyObject>(KINDS[object.kind], { name: object.metadata.name }),
    ),
  );
  return found.filter((object) => object?.status?.issuccess === true).length;
}

async function run(stage: Stage): Promise<Outcome> {
  const file = join(stage.folder, 'verification_config.yaml');
  stage.say.equivalent(`kubectl apply -f ${file}`, '(Store, KeyManagementProvider, Verifier)');
  const objects = parseAllDocuments(await readFile(file, 'utf8')).map(
    (document) => document.toJS() as RatifyObject,
  );
  for (const object of objects) await stage.kube.create(KINDS[object.kind], object);

  const success = await until(
    async () => {
      const count = await readSuccess(stage, objects);
      return count === objects.length ? count : undefined;
    },
    { deadlineMs: 10_000 },
  );
  stage.say.equivalent('kubectl get store,keymanagementprovider,verifier');
  stage.say.line(`ISSUCCESS true ×${success?.value ?? (await readSuccess(stage, objects))}`);

  const ready = await until(
    async () => {
      const keySet = await readKeySet(stage);
      const isReady = conditionStatus(keySet, 'Ready') === 'True' && keySet?.status.trusted === 1;
      return isReady && (await stage.replicas.allTrust(keySet.status.versions[0]?.version ?? ''))
        ? keySet
        : undefined;
    },
    { deadlineMs: 10_000 },
  );
  stage.say.equivalent(`kubectl get keyset -n ${NAMES.system}`);
  const trusted = ready?.value.status.trusted ?? 0;
  stage.say.line(`keyset ${NAMES.kmp}  trusted ${trusted}  ${ready ? 'Ready' : 'not ready'}`);
  return {
    ok: success !== undefined && ready !== undefined,
    detail: { issuccess: success?.value ?? 0, trusted, ready: ready !== undefined },
  };
}

export const walkthrough: Step = { id: 'walkthrough', title: 'Your walkthrough', run };
