import { z } from 'zod';
import { parseImageReference } from '../../core/image/reference.ts';
import { matchPolicies } from '../../core/policy/match-policies.ts';
import { systemClock as clock } from '../../platform/lifecycle/clock.ts';
import type { Registry } from '../../platform/registry/registry.ts';
import { createVerificationMemo } from '../../webhook/evidence/verification-memo.ts';
import { outputFormat, parseOptions, UsageProblem } from '../command-input.ts';
import { connectCluster } from '../connect-cluster.ts';
import { openRegistry } from '../open-registry.ts';
import { readTrust, type ClusterTrust } from '../read-trust.ts';
import { describeCandidates } from '../report/describe-candidates.ts';
import { exitCodeOf, reportImage, type ImageReport } from '../report/image-report.ts';
import { judgeEvidence } from '../report/judge-image.ts';
import { lookUpImage } from '../report/look-up-image.ts';
import { oneLine, showReport } from '../report/show-report.ts';
import { toJson } from '../report/to-json.ts';

const optionsSchema = z.object({ namespace: z.string().min(1), output: outputFormat });
/** For showing which keys made what: a cluster may know many. */
const DESCRIBE_MS = 30_000;

/** What `verify` reports of an image, and what the cluster asks of it. */
export interface Explanation extends ImageReport {
  readonly namespace: string;
  /** Those that cover the image: each must be satisfied. */
  readonly policies: readonly string[];
  readonly lookedAt: readonly string[];
}

/**
 * The verdict on an image as this namespace would get it, with everything it rests on. Exit code 0: allow; 1: deny; 3: it could not be
 * found out.
 */
export async function explainCommand(image: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(optionsSchema, raw);
  const parsed = parseImageReference(image);
  if (!parsed.ok) throw new UsageProblem(`${parsed.code}: ${parsed.detail}`);
  const kube = await connectCluster();
  const registry = openRegistry();
  try {
    const trust = await readTrust(kube);
    const explanation = await explainImage(image, options.namespace, { trust, registry });
    process.stdout.write(
      options.output === 'json' ? toJson(explanation) : showExplanation(explanation),
    );
    return exitCodeOf([explanation]);
  } finally {
    await registry.close();
    await kube.close();
  }
}

/** The same, of trust that was read already. */
export async function explainImage(
  image: string,
  namespace: string,
  means: { readonly trust: ClusterTrust; readonly registry: Registry },
): Promise<Explanation> {
  const looked = await lookUpImage(image, means.registry);
  if (looked.kind === 'settled') {
    const report = reportImage(image, looked.verdict, undefined);
    return { ...report, namespace, policies: [], lookedAt: [] };
  }
  const { evidence } = looked;
  const { trust } = means.trust;
  const { repository, digest } = evidence;
  const policies = matchPolicies(means.trust.policies, namespace, repository, digest);
  const now = clock.now();
  const memo = createVerificationMemo();
  const verdict = await judgeEvidence({ image, evidence, policies, trust, now, memo });
  const candidates = await describeCandidates(evidence, {
    policies,
    trust,
    now,
    memo,
    describeSet: (keySet) => `KeySet ${keySet}`,
    signal: AbortSignal.timeout(DESCRIBE_MS),
  });
  return {
    ...reportImage(image, verdict, { digest, candidates }),
    namespace,
    policies: policies.map(({ id }) => id),
    lookedAt: evidence.lookedAt,
  };
}

function showExplanation(explanation: Explanation): string {
  const { namespace, policies, lookedAt } = explanation;
  const list = (items: readonly string[]): readonly string[] =>
    items.length === 0 ? ['    none'] : items.map((item) => `    ${oneLine(item)}`);
  const lines = [
    `  Seen from namespace ${oneLine(namespace)}; policies that cover it:`,
    ...list(policies),
    '  Looked for signatures at:',
    ...list(lookedAt),
  ];
  return `${showReport(explanation)}${lines.join('\n')}\n`;
}
