import { quote } from '../core/verdict/quote.ts';
import { ConfigProblem } from '../platform/lifecycle/load-config.ts';
import {
  parseRepository,
  parseSignatureRepositories,
  type FindSignatureRepository,
} from '../webhook/evidence/signature-repositories.ts';
import { UsageProblem } from './command-input.ts';

export interface SignatureRepository {
  readonly find: FindSignatureRepository;
  /** The variable that says so, where no option does: a person may have forgotten it. */
  readonly variable?: string;
}

/** The webhook's own, then cosign's: an image that was signed with it has its signatures nowhere else. */
const VARIABLES = [
  ['KEYWARD_SIGNATURE_REPOSITORY', parseSignatureRepositories],
  ['COSIGN_REPOSITORY', parseForAll],
] as const;

/** Where signatures are, when they are not beside their image: as the option says, else the environment. @throws UsageProblem, ConfigProblem */
export function chooseSignatureRepository(
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): SignatureRepository {
  if (option !== undefined) {
    const find = attempt(parseForAll, option);
    if (find === undefined)
      throw new UsageProblem(
        `--signature-repository ${quote(option)}: give registry/repository, without a tag or digest.`,
      );
    return { find };
  }
  for (const [variable, parse] of VARIABLES) {
    const text = environment[variable] ?? '';
    if (text === '') continue;
    const find = attempt(parse, text);
    if (find === undefined)
      throw new ConfigProblem(
        `${variable}: ${quote(text)} is not registry/repository, without a tag or digest`,
      );
    return { find, variable };
  }
  return { find: () => undefined };
}

function parseForAll(text: string): FindSignatureRepository {
  const repository = parseRepository(text);
  return () => repository;
}

function attempt(
  parse: (text: string) => FindSignatureRepository,
  text: string,
): FindSignatureRepository | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
