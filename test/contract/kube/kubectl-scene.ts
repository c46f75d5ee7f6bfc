/** kubectl on the stand-in and on a real API server, told the same and expected to print the same. */
import { expect } from '@jest/globals';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { findClusterTools } from '../../../sandbox/cluster/cluster-tools.ts';
import { startRealCluster } from '../../../sandbox/cluster/real-cluster.ts';
import { startKubeApi } from '../../../sandbox/kube/kube-api.ts';
import { createKubectl, type Kubectl, type Printed } from './kubectl.ts';
import { startWebhookFixture, type WebhookFixture } from './webhook-fixture.ts';

export interface KubectlScene {
  readonly standIn: Kubectl;
  readonly real: Kubectl;
  /** As the user who has no role, on the stand-in and on the real server. */
  readonly nobodies: readonly [Kubectl, Kubectl];
  readonly webhook: WebhookFixture;
  /** Says it to both: what the stand-in led to, and what the real server did. */
  readonly both: (args: readonly string[], stdin?: string) => Promise<readonly [Printed, Printed]>;
  /** Says it to both, which must print the same; gives what they printed. */
  readonly same: (line: string, stdin?: string) => Promise<Printed>;
  /** As `same`, of a command that succeeds, for what is read before it is compared. */
  readonly sameRead: <T>(line: string, read: (text: string) => T) => Promise<T>;
  readonly close: () => Promise<void>;
}

export async function startKubectlScene(): Promise<KubectlScene> {
  await using started = new AsyncDisposableStack();
  const api = await startKubeApi({ certificates: await createCertificateAuthority() });
  started.defer(() => api.close());
  const cluster = await startRealCluster({ environment: process.env });
  started.defer(() => cluster.close());
  const webhook = await startWebhookFixture();
  started.defer(() => webhook.close());
  const { kubectl } = findClusterTools(process.env);
  const open = (kubeconfig: string): Kubectl => {
    const created = createKubectl(kubectl, kubeconfig);
    started.defer(() => {
      created.close();
    });
    return created;
  };
  const [standIn, real] = [open(api.kubeconfig()), open(cluster.kubeconfig())];
  const both: KubectlScene['both'] = (args, stdin) =>
    Promise.all([standIn.run(args, stdin), real.run(args, stdin)]);
  const nobodies = [open(api.kubeconfig('nobody')), open(cluster.kubeconfig('nobody'))] as const;
  const opened = started.move();
  return {
    standIn,
    real,
    nobodies,
    webhook,
    both,
    same: async (line, stdin) => {
      const [ours, theirs] = await both(line.split(' '), stdin);
      expect(ours).toEqual(theirs);
      return theirs;
    },
    sameRead: async (line, read) => {
      const [ours, theirs] = await both(line.split(' '));
      expect([ours.code, theirs.code]).toEqual([0, 0]);
      expect(read(ours.text)).toEqual(read(theirs.text));
      return read(theirs.text);
    },
    close: () => opened.disposeAsync(),
  };
}
