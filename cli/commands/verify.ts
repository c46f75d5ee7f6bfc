import { z } from 'zod';
import { systemClock as clock } from '../../platform/lifecycle/clock.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import { createVerificationMemo } from '../../webhook/evidence/verification-memo.ts';
import { mapConcurrently } from '../../worker/observe/map-concurrently.ts';
import { parseAnnotations } from '../annotations.ts';
import { isMistake, outputFormat, parseOptions, UsageProblem } from '../command-input.ts';
import { readKeySource } from '../keys/key-source.ts';
import { openImageSource, registryFlagsSchema, type ImageSource } from '../image-source.ts';
import { addNote } from '../notes.ts';
import { describeCandidates } from '../report/describe-candidates.ts';
import { exitCodeOf, reportImage, type Finding, type ImageReport } from '../report/image-report.ts';
import { judgeWithUnread } from '../report/judge-image.ts';
import { lookUpImage } from '../report/look-up-image.ts';
import {
  adviseHash,
  inWordsFromHere,
  inWordsFromRegistry,
  type Circumstances,
} from '../report/remedies-here.ts';
import { showReport } from '../report/show-report.ts';
import { toJson } from '../report/to-json.ts';
import type { GivenTrust } from '../trust/given-trust.ts';
import { describeOrigin } from '../trust/key-set-origin.ts';

const NO_FILE = 'give the path of a file';
const optionsSchema = z.object({
  key: z.array(z.string().min(1, NO_FILE)).default([]),
  config: z.array(z.string().min(1, NO_FILE)).default([]),
  hash: z.enum(['auto', 'sha256']).default('auto'),
  annotation: z.array(z.string()).default([]),
  tlog: z.enum(['ignore', 'require']).default('ignore'),
  ...registryFlagsSchema,
  namespace: z.string().min(1).optional(),
  output: outputFormat.default('text'),
});
type Options = z.infer<typeof optionsSchema>;

/** Images looked at together. */
const CONCURRENCY = 4;
/** For showing which keys made what, beyond what the verdict needed. */
const DESCRIBE_MS = 20_000;

/** Exit code 0: all allowed; 1: one denied; 2: a usage problem; 3: none denied, and of one it could not be found out. */
export async function verifyCommand(
  images: readonly string[],
  raw: Record<string, unknown>,
): Promise<number> {
  const options = parseOptions(optionsSchema, raw);
  if (options.key.length === 0 && options.config.length === 0)
    throw new UsageProblem(
      'verify with what? Give a public key (--key cosign.pub, --key azurekms://VAULT-HOST/NAME) or the policies (--config verifier.yaml), or both.',
    );
  const source = openImageSource(images, options);
  try {
    const reports = await verifyImages(images, options, source);
    process.stdout.write(
      options.output === 'json' ? toJson(reports) : reports.map(showReport).join('\n'),
    );
    return exitCodeOf(reports);
  } finally {
    await source.registry.close();
  }
}

/** One report for each, whatever happens; only what a person has to mend is thrown. @throws UsageProblem, ConfigProblem */
async function verifyImages(
  images: readonly string[],
  options: Options,
  source: ImageSource,
): Promise<readonly ImageReport[]> {
  let given: GivenTrust;
  try {
    given = await readGiven(options);
  } catch (error) {
    if (isMistake(error)) throw error;
    return images.map((image) => reportImage(image, internalFault(error), undefined));
  }
  for (const note of given.notes) addNote(note);
  const circumstances = {
    origins: given.origins,
    hasConfig: options.config.length > 0,
    plainHttp: options.plainHttp,
    tlog: options.tlog,
  };
  const judged = new Map<string, Promise<ImageReport>>();
  return mapConcurrently(images, CONCURRENCY, (image) => {
    const report = judged.get(image) ?? verifyImage(image, { given, source, circumstances });
    judged.set(image, report);
    return report;
  });
}

/** What only some calls need is loaded when one does: the clients of Azure, the parser of YAML. */
async function readGiven(options: Options): Promise<GivenTrust> {
  const annotations = parseAnnotations(options.annotation);
  const keys = (await Promise.all([...new Set(options.key)].map(readKeySource))).flat();
  const { readGivenTrust } = await import('../trust/given-trust.ts');
  const { openVaults } = await import('../trust/vault-access.ts');
  const config =
    options.config.length === 0
      ? undefined
      : await (await import('../config/read-config.ts')).readConfig([...new Set(options.config)]);
  return readGivenTrust({
    keys,
    ...(config === undefined ? {} : { config }),
    hash: options.hash,
    annotations,
    tlog: options.tlog,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    now: clock.now(),
    openVaults: (vaultUris) => openVaults(vaultUris, process.env),
  });
}

interface Means {
  readonly given: GivenTrust;
  readonly source: ImageSource;
  readonly circumstances: Circumstances;
}

/** Never rejects: a fault of ours is `unavailable`, never an allow, and no other image's business (A154). */
async function verifyImage(image: string, means: Means): Promise<ImageReport> {
  try {
    const looked = await lookUpImage(image, means.source);
    if (looked.kind === 'settled')
      return reportImage(
        image,
        inWordsFromRegistry(looked.verdict, means.circumstances),
        undefined,
      );
    const { evidence } = looked;
    const { trust, unread, origins } = means.given;
    const memo = createVerificationMemo();
    const now = clock.now();
    const policies = means.given.policiesFor(evidence.repository, evidence.digest);
    const finding = await judgeWithUnread({ image, evidence, policies, trust, now, memo }, unread);
    const candidates = await describeCandidates(evidence, {
      policies,
      trust,
      now,
      memo,
      signal: AbortSignal.timeout(DESCRIBE_MS),
      describeSet: (keySet) => {
        const origin = origins.get(keySet);
        return origin === undefined ? keySet : describeOrigin(origin);
      },
    });
    const shown = adviseHash(inWordsFromHere(finding, means.circumstances), candidates);
    return reportImage(image, shown, { digest: evidence.digest, candidates });
  } catch (error) {
    return reportImage(image, internalFault(error), undefined);
  }
}

function internalFault(error: unknown): Finding {
  const { name } = describeError(error);
  return {
    kind: 'unavailable',
    code: 'INTERNAL_ERROR',
    message: `keyward failed while judging the image (${name})`,
    remedy: 'retry; if it persists, report it with the image and the command',
  };
}
