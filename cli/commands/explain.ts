import { z } from 'zod';
import { matchPolicies } from '../../core/policy/match-policies.ts';
import { UNAVAILABLE_CODES } from '../../core/verdict/reasons.ts';
import { isKubeError } from '../../platform/kube/kube-error.ts';
import type { Kube } from '../../platform/kube/kube.ts';
import { systemClock as clock } from '../../platform/lifecycle/clock.ts';
import { createVerificationMemo } from '../../webhook/evidence/verification-memo.ts';
import { outputFormat, parseOptions } from '../command-input.ts';
import { connectCluster } from '../connect-cluster.ts';
import { openImageSource, registryFlagsSchema, type ImageSource } from '../image-source.ts';
import { readTrust, type ClusterTrust } from '../read-trust.ts';
import { describeCandidates } from '../report/describe-candidates.ts';
import { exitCodeOf, reportImage, type ImageReport } from '../report/image-report.ts';
import { judgeEvidence } from '../report/judge-image.ts';
import { lookUpImage } from '../report/look-up-image.ts';
import { remedyForConnection } from '../report/remedies-here.ts';
import { oneLine, showReport } from '../report/show-report.ts';
import { toJson } from '../report/to-json.ts';

const optionsSchema = z.object({
  ...registryFlagsSchema,
  namespace: z.string().min(1).default('default'),
  output: outputFormat.default('text'),
});
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
  const source = openImageSource([image], options);
  try {
    const trust = await readClusterTrust();
    if (trust === undefined) return NOT_FOUND_OUT;
    const explanation = await explainImage(image, options.namespace, { trust, source });
    const shown = withConnectionRemedy(explanation, options.plainHttp);
    process.stdout.write(options.output === 'json' ? toJson(shown) : showExplanation(shown));
    return exitCodeOf([shown]);
  } finally {
    await source.registry.close();
  }
}

/** Exit code 3. */
const NOT_FOUND_OUT = 3;

/** Undefined: the cluster could not be read, which is told on stderr. It denied nothing, so this is no denial. */
async function readClusterTrust(): Promise<ClusterTrust | undefined> {
  let kube: Kube | undefined;
  try {
    kube = await connectCluster();
    return await readTrust(kube);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    process.stderr.write(`keyward: ${oneLine(error.message)} (${error.code})\n`);
    return undefined;
  } finally {
    await kube?.close();
  }
}

/** The registry is read from here, not from the cluster. */
function withConnectionRemedy(explanation: Explanation, plainHttp: boolean): Explanation {
  if (explanation.verdict !== 'unavailable') return explanation;
  const { reason, message } = explanation;
  const code = UNAVAILABLE_CODES.find((each) => each === reason);
  const remedy =
    code === undefined ? undefined : remedyForConnection({ code, message }, { plainHttp });
  return remedy === undefined ? explanation : { ...explanation, remedy };
}

/** The same, of trust that was read already. */
export async function explainImage(
  image: string,
  namespace: string,
  means: { readonly trust: ClusterTrust; readonly source: ImageSource },
): Promise<Explanation> {
  const looked = await lookUpImage(image, means.source);
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
