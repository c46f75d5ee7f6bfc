import type { RepositoryRef } from '../registry.ts';

export interface BearerChallenge {
  readonly realm: string;
  readonly service?: string;
}

/** What a 401 asks for. A registry may name both; a scheme that it does not name is absent. */
export interface Challenge {
  readonly bearer?: BearerChallenge;
  readonly basic: boolean;
}

const HEADER_LIMIT = 4096;
const SCHEME = /(?:^|,)\s*(bearer|basic)(?=\s|$)/giu;

/** Reads `WWW-Authenticate`, several headers of it joined with commas. `undefined`: nothing in it that keyward can do. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > HEADER_LIMIT) return undefined;
  const starts = [...header.matchAll(SCHEME)];
  let bearer: BearerChallenge | undefined;
  let basic = false;
  for (const [position, match] of starts.entries()) {
    const end = starts[position + 1]?.index ?? header.length;
    if (match[1]?.toLowerCase() === 'basic') basic = true;
    else bearer ??= parseBearer(header.slice(match.index, end));
  }
  if (bearer === undefined && !basic) return undefined;
  return { basic, ...(bearer === undefined ? {} : { bearer }) };
}

function parseBearer(text: string): BearerChallenge | undefined {
  const values = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/(?<![a-z_])([a-z_]+)="([^"\\]*)"/giu)) {
    if (name !== undefined && value !== undefined) values.set(name.toLowerCase(), value);
  }
  const realm = values.get('realm');
  if (realm === undefined) return undefined;
  const service = values.get('service');
  return { realm, ...(service === undefined ? {} : { service }) };
}

/** We ask to pull this repository, whatever scope the challenge names: a token is worth no more than we need. */
export function scopeOf(ref: RepositoryRef): string {
  return `repository:${ref.repository}:pull`;
}
