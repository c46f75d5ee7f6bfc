import { quote } from '../verdict/quote.ts';

/** An image reference in its one canonical spelling. Neither tag nor digest given: the tag is `latest`, as for a container runtime. */
export interface ImageReference {
  /** Host, with port when one is given: `docker.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** Path below the registry, with `library/` where Docker Hub implies it. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:<64 lower hex>`. When both are given, the digest is what runs: the tag is for people. */
  readonly digest?: string;
}

export type ParsedReference =
  | { readonly ok: true; readonly ref: ImageReference }
  | {
      readonly ok: false;
      readonly code: 'REF_INVALID' | 'DIGEST_UNSUPPORTED';
      readonly detail: string;
    };

// The longest reference that the grammar allows: name 255, tag 128, digest sha256 and their separators.
const MAXIMUM_LENGTH = 255 + 1 + 128 + 1 + 71;
const HOST = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const PORT = /^[1-9]\d{0,4}$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const SHA256 = /^sha256:[0-9a-f]{64}$/;
const OTHER_DIGEST = /^(?!sha256:)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-zA-Z=_-]{32,}$/;

/**
 * Parses an image reference as container runtimes do (distribution/reference), and refuses every spelling that is not
 * canonical: upper case, user info, `..`, IPv6 literals, a written-out default port. Two spellings of one image could
 * otherwise fall under two policies.
 */
export function parseImageReference(text: string): ParsedReference {
  const short = text.length > MAXIMUM_LENGTH + 128 ? undefined : splitReference(text);
  if (short === undefined) return invalid(text, 'is too long');
  const { name, tag, digest } = short;
  if (digest !== undefined && !SHA256.test(digest)) return refuseDigest(text, digest);
  const impliedTag = tag ?? 'latest';
  if (!TAG.test(impliedTag)) return invalid(text, 'has a tag that is not allowed');
  const place = placeOf(name);
  if (typeof place === 'string') return invalid(text, place);
  if (digest !== undefined)
    return { ok: true, ref: tag === undefined ? { ...place, digest } : { ...place, tag, digest } };
  return { ok: true, ref: { ...place, tag: impliedTag } };
}

/** `registry/repository`: what policies match and evidence is kept for. */
export function formatRepository(ref: ImageReference): string {
  return `${ref.registry}/${ref.repository}`;
}

/** The whole reference in canonical spelling. */
export function formatReference(ref: ImageReference): string {
  const tag = ref.tag === undefined ? '' : `:${ref.tag}`;
  return `${formatRepository(ref)}${tag}${ref.digest === undefined ? '' : `@${ref.digest}`}`;
}

function splitReference(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const head = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? {} : { digest: text.slice(at + 1) };
  const colon = head.lastIndexOf(':');
  // A colon before the last slash belongs to a port.
  if (colon <= head.lastIndexOf('/')) return { name: head, ...digest };
  return { name: head.slice(0, colon), tag: head.slice(colon + 1), ...digest };
}

/** Registry and repository, or the sentence that says what is wrong. */
function placeOf(name: string): { registry: string; repository: string } | string {
  if (name === '') return 'names no image';
  if (/^[0-9a-f]{64}$/.test(name)) return 'is an image id, not a name';
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const hasHost = /[.:A-Z[\]]/.test(first) || first === 'localhost';
  const host = hasHost ? normaliseHost(first) : 'docker.io';
  const path = hasHost ? name.slice(slash + 1) : name;
  const fault = hostFault(host) ?? pathFault(path);
  if (fault !== undefined) return fault;
  const repository = host === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return host.length + 1 + repository.length > 255
    ? 'has a name longer than 255 characters'
    : { registry: host, repository };
}

function normaliseHost(host: string): string {
  return host === 'index.docker.io' ? 'docker.io' : host;
}

function hostFault(host: string): string | undefined {
  if (/[A-Z]/.test(host)) return 'has upper-case letters in its registry: write them in lower case';
  const [name = '', port, ...more] = host.split(':');
  if (more.length > 0 || name.startsWith('[')) return 'has an IPv6 or malformed registry address';
  if (!HOST.test(name)) return 'has a registry that is not a host name';
  if (port === undefined) return undefined;
  if (!PORT.test(port) || Number(port) > 65_535) return 'has a registry port that is not a number';
  return port === '443' ? 'writes out the default port 443: leave it out' : undefined;
}

function pathFault(path: string): string | undefined {
  if (/[A-Z]/.test(path)) return 'has upper-case letters in its name';
  return path.split('/').every((component) => COMPONENT.test(component))
    ? undefined
    : 'has a name that is not allowed (lower-case letters, digits, and single separators inside)';
}

function refuseDigest(text: string, digest: string): ParsedReference {
  if (OTHER_DIGEST.test(digest))
    return {
      ok: false,
      code: 'DIGEST_UNSUPPORTED',
      detail: `${quote(text)} has a digest other than sha256`,
    };
  return invalid(text, 'has a digest that is not sha256: and 64 lower-case hex digits');
}

function invalid(text: string, why: string): ParsedReference {
  return { ok: false, code: 'REF_INVALID', detail: `${quote(text)} ${why}` };
}
