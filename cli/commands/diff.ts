import { z } from 'zod';
import { formatKeyVersionShort } from '../../core/keys/key-id.ts';
import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { Kube } from '../../platform/kube/kube.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import { parseKmp, parseKeySet, type Kmp } from '../../platform/kube/schemas.ts';
import { MANAGE } from '../../worker/plan/kmp-annotations.ts';
import { planKmp } from '../../worker/plan/plan-kmp.ts';
import { outputFormat, parseOptions, UsageProblem } from '../command-input.ts';
import { connectCluster } from '../connect-cluster.ts';
import { listAll } from '../list-all.ts';
import { keywardNamespace } from '../read-trust.ts';

const optionsSchema = z.object({ output: outputFormat });

export interface ProviderDiff {
  readonly provider: string;
  readonly keySet: string;
  /** `name/version` that the provider would list and does not stand for now. */
  readonly widens: readonly string[];
  /** `name/version` that it stands for now and would not list. */
  readonly narrows: readonly string[];
  readonly kept: readonly string[];
  readonly note: string;
}

/** What managing would change, in versions that count: an item without a version stands for the newest one. Pure. */
export function diffProvider(
  kmp: Kmp,
  keySet: string,
  versions: readonly KeyVersionStatus[],
): ProviderDiff {
  const managed = { ...kmp, annotations: { ...kmp.annotations, [MANAGE]: 'patch' } };
  const { write, sync } = planKmp(managed, versions);
  const now = new Set(
    kmp.keys.map(({ name, version }) => `${name}/${version ?? newestOf(name, versions)}`),
  );
  const then = new Set(
    write === undefined || write.kind === 'annotate'
      ? kmp.keys.map(({ name, version }) => `${name}/${version ?? newestOf(name, versions)}`)
      : write.keys.map(({ name, version }) => `${name}/${version}`),
  );
  return {
    provider: kmp.namespace === undefined ? kmp.name : `${kmp.namespace}/${kmp.name}`,
    keySet,
    widens: [...then].filter((item) => !now.has(item)),
    narrows: [...now].filter((item) => !then.has(item)),
    kept: [...then].filter((item) => now.has(item)),
    note: `${sync.reason}: ${sync.message}`,
  };
}

function newestOf(name: string, versions: readonly KeyVersionStatus[]): string {
  const times = versions
    .filter((version) => version.name === name)
    .toSorted((a, b) => ((a.createdOn ?? '') < (b.createdOn ?? '') ? 1 : -1));
  return times[0]?.version ?? '';
}

export async function diffCommand(name: string, raw: Record<string, unknown>): Promise<number> {
  const { output } = parseOptions(optionsSchema, raw);
  const kube = await connectCluster();
  try {
    const kmp = await readProvider(kube, name);
    const keySet = await findKeySet(kube, kmp);
    const diff = diffProvider(kmp, `${keySet.namespace}/${keySet.name}`, keySet.status.versions);
    process.stdout.write(
      output === 'json' ? `${JSON.stringify(diff)}\n` : describeDiff(diff, keySet.status.versions),
    );
    return 0;
  } finally {
    await kube.close();
  }
}

async function readProvider(kube: Kube, name: string): Promise<Kmp> {
  const [first = '', second] = name.split('/');
  const object =
    second === undefined
      ? await kube.get<unknown>(RESOURCES.kmps, { name: first })
      : await kube.get<unknown>(RESOURCES.namespacedKmps, { namespace: first, name: second });
  if (object === undefined)
    throw new UsageProblem(
      `there is no key management provider ${name}.\nkubectl get keymanagementproviders,namespacedkeymanagementproviders -A lists them.`,
    );
  const parsed = parseKmp(object);
  if (parsed.ok) return parsed.value;
  throw new UsageProblem(`${name} cannot be read: ${parsed.problems.join('; ')}`);
}

async function findKeySet(kube: Kube, kmp: Kmp) {
  const home = kmp.namespace ?? keywardNamespace();
  for (const object of await listAll(kube, RESOURCES.keySets, home)) {
    const parsed = parseKeySet(object);
    const { providerRef } = parsed.ok ? parsed.value.spec : {};
    if (parsed.ok && providerRef?.kind === kmp.kind && providerRef.name === kmp.name)
      return parsed.value;
  }
  throw new UsageProblem(
    `no KeySet in ${home} follows ${kmp.name} yet.\nThe worker creates one within a sweep; see its log if it does not.`,
  );
}

function describeDiff(diff: ProviderDiff, versions: readonly KeyVersionStatus[]): string {
  const known = new Map(versions.map((each) => [`${each.name}/${each.version}`, each]));
  const line = (mark: string, item: string, words: string): string => {
    const version = known.get(item);
    const shown = version === undefined ? item : formatKeyVersionShort(version);
    const reason = version === undefined ? '' : `: ${version.reason}`;
    return `  ${mark} ${shown}  ${words}${reason}`;
  };
  const lines = [
    `${diff.provider}, from KeySet ${diff.keySet}: what ${MANAGE}=patch would write`,
    ...diff.kept.map((item) => line('=', item, 'stays')),
    ...diff.widens.map((item) => line('+', item, 'WIDENS')),
    ...diff.narrows.map((item) => line('-', item, 'narrows')),
    `${count(diff.widens, 'widens')}, ${count(diff.narrows, 'narrows')}`,
  ];
  return `${lines.join('\n')}\n`;
}

function count(items: readonly string[], verb: string): string {
  return items.length === 0 ? `nothing ${verb}` : `${items.length} ${verb}`;
}
