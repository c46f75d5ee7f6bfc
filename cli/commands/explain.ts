import { z } from 'zod';
import { verifySignature } from '../../core/cosign/verify-signature.ts';
import {
  formatRepository,
  parseImageReference,
  type ImageReference,
} from '../../core/image/reference.ts';
import { formatKeyVersionShort } from '../../core/keys/key-id.ts';
import { matchPolicies } from '../../core/policy/match-policies.ts';
import { decide } from '../../core/verdict/decide.ts';
import type { Candidate, Evidence } from '../../core/verdict/evidence.ts';
import { quote } from '../../core/verdict/quote.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import { systemClock as clock } from '../../platform/lifecycle/clock.ts';
import type { Registry } from '../../platform/registry/registry.ts';
import { decideWithTrials } from '../../webhook/decide/decide-with-trials.ts';
import { fetchEvidence } from '../../webhook/evidence/fetch-evidence.ts';
import { createVerificationMemo } from '../../webhook/evidence/verification-memo.ts';
import { outputFormat, parseOptions, UsageProblem } from '../command-input.ts';
import { connectCluster } from '../connect-cluster.ts';
import { openRegistry } from '../open-registry.ts';
import { readTrust, type ClusterTrust } from '../read-trust.ts';

const optionsSchema = z.object({ namespace: z.string().min(1), output: outputFormat });
/** A person waits: every key may be tried on every signature. */
const TRIAL_BUDGET_MICROSECONDS = 30_000_000;

interface Explanation {
  readonly image: string;
  readonly digest: string;
  readonly namespace: string;
  readonly policies: readonly string[];
  readonly lookedAt: readonly string[];
  readonly signatures: readonly string[];
  readonly verdict: Verdict;
}

/** The verdict on an image as this namespace would get it, with everything it rests on. Exit code 0: allow; 1: not. */
export async function explainCommand(image: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(optionsSchema, raw);
  const parsed = parseImageReference(image);
  if (!parsed.ok) throw new UsageProblem(`${parsed.code}: ${parsed.detail}`);
  const kube = await connectCluster();
  const registry = openRegistry();
  try {
    const trust = await readTrust(kube);
    const explanation = await explain(image, parsed.ref, options.namespace, { trust, registry });
    process.stdout.write(
      options.output === 'json'
        ? `${JSON.stringify(explanation)}\n`
        : describeExplanation(explanation),
    );
    return explanation.verdict.kind === 'allow' ? 0 : 1;
  } finally {
    await registry.close();
    await kube.close();
  }
}

async function explain(
  image: string,
  ref: ImageReference,
  namespace: string,
  { trust, registry }: { readonly trust: ClusterTrust; readonly registry: Registry },
): Promise<Explanation> {
  const repository = { registry: ref.registry, repository: ref.repository };
  const tag = ref.tag ?? 'latest';
  const digest = ref.digest ?? (await registry.resolveTag(repository, tag));
  if (digest === undefined)
    throw new UsageProblem(`the registry has no ${formatRepository(ref)}:${tag}.`);
  const evidence = await fetchEvidence({ registry, repository, digest, clock });
  const policies = matchPolicies(trust.policies, namespace, formatRepository(ref), digest);
  const now = clock.now();
  const verdict = await decideWithTrials(
    (verifies) => decide({ image, evidence, policies, trust: trust.trust, now, verifies }),
    {
      memo: createVerificationMemo(),
      budgetMicroseconds: TRIAL_BUDGET_MICROSECONDS,
      signal: () => undefined,
    },
  );
  return {
    image,
    digest,
    namespace,
    policies: policies.map(({ id }) => id),
    lookedAt: evidence.lookedAt,
    signatures: describeSignatures(evidence, trust),
    verdict,
  };
}

function describeSignatures(evidence: Evidence, { trust }: ClusterTrust): readonly string[] {
  const keys = [...trust.keySets.values()].flatMap((keySet) => keySet.keys);
  const describe = (candidate: Candidate): string => {
    switch (candidate.kind) {
      case 'sound': {
        const by = keys.find(
          (key) => verifySignature(key, candidate.signedBytes, candidate.signature) === 'valid',
        );
        const who =
          by === undefined
            ? 'by no key that a key set knows'
            : `by ${formatKeyVersionShort(by)} (${by.state}: ${by.reason})`;
        return `${candidate.store}  ${candidate.format}  signed ${who}`;
      }
      case 'rejected':
        return `${candidate.store}  rejected  ${candidate.code}: ${quote(candidate.detail, 200)}`;
      case 'unavailable':
        return `${candidate.store}  not read  ${candidate.code}: ${quote(candidate.detail, 200)}`;
    }
  };
  return evidence.candidates.map(describe);
}

function describeExplanation(explanation: Explanation): string {
  const { verdict } = explanation;
  const list = (items: readonly string[]): string =>
    items.length === 0 ? '  none' : items.map((item) => `  ${item}`).join('\n');
  const outcome =
    verdict.kind === 'allow'
      ? `ALLOW, vouched by ${verdict.vouchedBy.map(formatKeyVersionShort).join(', ')}`
      : `${verdict.kind === 'deny' ? 'DENY' : 'UNAVAILABLE'} ${verdict.code}\n  ${verdict.message}\n  To do: ${verdict.remedy}`;
  return [
    explanation.image,
    `digest ${explanation.digest}, seen from namespace ${explanation.namespace}`,
    'policies that cover it:',
    list(explanation.policies),
    'looked for signatures at:',
    list(explanation.lookedAt),
    'found:',
    list(explanation.signatures),
    outcome,
    '',
  ].join('\n');
}
