/** The behaviours of a Kubernetes API server that keyward and its sandbox lean on: one suite, run against the stand-in and the real one. */
import { afterAll, beforeAll } from '@jest/globals';
import { declareAdmission } from './admission-behaviour.ts';
import { declareApply } from './apply-behaviour.ts';
import { declareBuiltInKinds } from './built-in-behaviour.ts';
import { createClient, type Client } from './client.ts';
import { WIDGET_DEFINITION, WIDGETS, type ContractCluster } from './fixtures.ts';
import { declareLists } from './list-behaviour.ts';
import { declareObjects } from './object-behaviour.ts';
import { declarePatches } from './patch-behaviour.ts';
import { declareSchemas } from './schema-behaviour.ts';
import { declareServer } from './server-behaviour.ts';
import { declareWatches } from './watch-behaviour.ts';

/** What a part of the suite sees once the cluster is up. */
export interface Contract {
  readonly client: Client;
  readonly cluster: ContractCluster;
}

export function declareKubeContract(
  start: () => Promise<ContractCluster>,
  deadlineMs: number,
): void {
  let contract: Contract | undefined;
  const current = (): Contract => {
    if (contract === undefined) throw new Error('the cluster did not start');
    return contract;
  };
  beforeAll(async () => {
    const cluster = await start();
    const client = createClient(cluster.kubeconfig());
    contract = { cluster, client };
    await client.send(
      'POST',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      WIDGET_DEFINITION,
    );
    await client.until(
      () => client.get(WIDGETS),
      (answer) => answer.code === 200,
    );
  }, deadlineMs);
  afterAll(async () => {
    await contract?.client.close();
    await contract?.cluster.close();
  }, deadlineMs);
  declareServer(current);
  declareObjects(current);
  declareBuiltInKinds(current);
  declareSchemas(current);
  declarePatches(current);
  declareApply(current);
  declareLists(current);
  declareWatches(current);
  declareAdmission(current);
}
