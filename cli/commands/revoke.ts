import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Kube } from '../../platform/kube/kube.ts';
import { isServiceError } from '../../platform/observe/service-error.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import { outputFormat, parseKeyTarget, parseOptions, type KeyTarget } from '../command-input.ts';
import { connectCluster } from '../connect-cluster.ts';
import { readReplicaStatus } from '../replica-status.ts';

const optionsSchema = z.object({
  reason: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, 'reason: one word of letters, digits and -'),
  note: z.string().max(1_024).optional(),
  replica: z.array(z.url()).optional(),
  timeout: z.coerce.number().positive().max(600),
  output: outputFormat,
});

/** The same name for the same target, so that revoking twice finds the first. */
export function revocationName(target: KeyTarget): string {
  const text = target.kind === 'version' ? target.uri : target.fingerprint;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  // Key Vault allows a name that begins with a dash, Kubernetes does not.
  return target.kind === 'version' && !target.name.startsWith('-')
    ? `${target.name}-${target.version.slice(0, 8)}-${hash}`
    : `key-${hash}`;
}

async function createRevocation(
  kube: Kube,
  target: KeyTarget,
  options: z.infer<typeof optionsSchema>,
): Promise<{ name: string; existed: boolean }> {
  const name = revocationName(target);
  const what =
    target.kind === 'version' ? { key: target.uri } : { fingerprint: target.fingerprint };
  const object = {
    apiVersion: 'keyward.dev/v1alpha1',
    kind: 'KeyRevocation',
    metadata: { name },
    spec: { ...what, reason: options.reason, ...(options.note ? { note: options.note } : {}) },
  };
  try {
    await kube.create(RESOURCES.keyRevocations, object);
    return { name, existed: false };
  } catch (error) {
    if (!isServiceError(error, 'ALREADY_EXISTS')) throw error;
    return { name, existed: true };
  }
}

async function awaitReplicas(
  name: string,
  urls: readonly string[],
  deadline: number,
): Promise<number> {
  for (;;) {
    const statuses = await Promise.all(urls.map((url) => readReplicaStatus(url)));
    const confirmed = statuses.filter((status) =>
      status?.revocations.some((revocation) => revocation.name === name),
    ).length;
    if (confirmed === urls.length || performance.now() > deadline) return confirmed;
    await pause(5);
  }
}

/** Exit code 0: revoked (and confirmed by every replica asked); 1: revoked, not confirmed by all. */
export async function revokeCommand(key: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(optionsSchema, raw);
  const target = parseKeyTarget(key);
  const urls =
    options.replica ?? (process.env['KEYWARD_REPLICAS'] ?? '').split(',').filter(Boolean);
  const kube = await connectCluster();
  try {
    const began = performance.now();
    const { name, existed } = await createRevocation(kube, target, options);
    const confirmed = await awaitReplicas(name, urls, began + options.timeout * 1_000);
    const ms = Math.round(performance.now() - began);
    const report = { name, existed, replicas: { confirmed, total: urls.length }, ms };
    process.stdout.write(
      options.output === 'json' ? `${JSON.stringify(report)}\n` : describe(report),
    );
    return confirmed === urls.length ? 0 : 1;
  } finally {
    await kube.close();
  }
}

function describe(report: {
  name: string;
  existed: boolean;
  replicas: { confirmed: number; total: number };
  ms: number;
}): string {
  const { confirmed, total } = report.replicas;
  const verb = report.existed ? 'was revoked already' : 'revoked';
  const replicas =
    total === 0
      ? 'No replica was asked: every webhook replica applies it as its watch delivers it.'
      : `${confirmed}/${total} replicas deny after ${report.ms} ms.`;
  return `keyrevocation/${report.name} ${verb}. ${replicas}\nTo lift it: kubectl delete keyrevocation ${report.name}\n`;
}
