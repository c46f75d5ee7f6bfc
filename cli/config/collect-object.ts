import { quote } from '../../core/verdict/quote.ts';
import {
  parseKeyRevocation,
  parseKeySet,
  parseKmp,
  parseStore,
  type Kmp,
} from '../../platform/kube/schemas.ts';
import { readPublicKey } from '../keys/read-public-key.ts';
import { keywardNamespace } from '../read-trust.ts';
import { collectRatifyFile, isRatifyFile } from './collect-ratify-file.ts';
import { collectVerifier } from './collect-verifier.ts';
import {
  accept,
  addNote,
  addProblem,
  type ConfigCollector,
  type Placed,
} from './config-objects.ts';
import { isRecord, type Fields } from './fields.ts';

const RATIFY = 'config.ratify.deislabs.io';
const KEYWARD = 'keyward.dev';

interface KindReader {
  readonly group: string;
  /** Where an object goes that names no namespace; undefined: the kind is cluster-wide, and a namespace means nothing. */
  readonly namespace?: () => string;
  readonly read: (collector: ConfigCollector, placed: Placed<Fields>) => void;
}

/** kubectl's default, for what is applied without a namespace. */
const inDefault = (): string => 'default';

const KINDS: ReadonlyMap<string, KindReader> = new Map<string, KindReader>([
  ['Verifier', { group: RATIFY, read: collectVerifier }],
  ['NamespacedVerifier', { group: RATIFY, namespace: inDefault, read: collectVerifier }],
  ['KeyManagementProvider', { group: RATIFY, read: collectProvider }],
  [
    'NamespacedKeyManagementProvider',
    { group: RATIFY, namespace: inDefault, read: collectProvider },
  ],
  ['Store', { group: RATIFY, read: collectStore }],
  ['NamespacedStore', { group: RATIFY, namespace: inDefault, read: collectStore }],
  [
    'Policy',
    { group: RATIFY, read: skip('keyward asks for one good signature, and for all policies') },
  ],
  [
    'NamespacedPolicy',
    { group: RATIFY, read: skip('keyward asks for one good signature, and for all policies') },
  ],
  ['CertificateStore', { group: RATIFY, read: skip('it holds certificates, for Notation') }],
  ['KeySet', { group: KEYWARD, namespace: keywardNamespace, read: collectKeySet }],
  ['KeyRevocation', { group: KEYWARD, read: collectRevocation }],
]);

/** One document, with all objects of a list in it. Whatever it is, it ends in the collector: as an object, a note or a problem. */
export function collectObject(collector: ConfigCollector, placed: Placed<unknown>): void {
  const { value } = placed;
  if (!isRecord(value)) {
    addProblem(collector, placed, [], 'it is not an object, as Kubernetes has them');
    return;
  }
  const { kind, apiVersion, items } = value;
  if (kind === undefined && isRatifyFile(value)) {
    collectRatifyFile(collector, { ...placed, value });
    return;
  }
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') {
    const field = typeof kind === 'string' ? ['apiVersion'] : ['kind'];
    const words =
      'is missing: neither a Kubernetes object nor a configuration file of Ratify ("verifier")';
    addProblem(collector, placed, field, words);
    return;
  }
  if (kind.endsWith('List') && Array.isArray(items)) {
    for (const [index, item] of items.entries())
      collectObject(collector, { ...placed, value: item, path: [...placed.path, 'items', index] });
    return;
  }
  collectKind(collector, { ...placed, value }, { kind, group: apiVersion.split('/')[0] ?? '' });
}

function collectKind(
  collector: ConfigCollector,
  placed: Placed<Fields>,
  { kind, group }: { readonly kind: string; readonly group: string },
): void {
  const reader = KINDS.get(kind);
  if (reader?.group === group) {
    reader.read(collector, { ...placed, value: inItsNamespace(placed.value, reader) });
    return;
  }
  // A requirement in a misspelt object must not fall away.
  if (reader !== undefined)
    addProblem(collector, placed, ['apiVersion'], `a ${kind} has ${reader.group}/…`);
  else if (group === RATIFY || group === KEYWARD || group === 'config.ratify.sh')
    addProblem(collector, placed, ['kind'], `keyward reads no ${quote(kind, 60)} of ${group}`);
  else addNote(collector, placed, `${quote(kind, 60)} is not a kind that keyward judges by`);
}

function inItsNamespace(object: Fields, { namespace }: KindReader): Fields {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  const { namespace: given, ...rest } = metadata;
  if (namespace === undefined) return { ...object, metadata: rest };
  return { ...object, metadata: { ...rest, namespace: given ?? namespace() } };
}

function collectProvider(collector: ConfigCollector, placed: Placed<Fields>): void {
  const value = accept(collector, placed, parseKmp(placed.value));
  if (value === undefined) return;
  checkInlineKey(collector, placed, value);
  collector.objects.providers.push({ ...placed, value });
}

/** In a cluster a key that cannot be read makes a provider without keys; here its author is at hand. */
function checkInlineKey(
  collector: ConfigCollector,
  placed: Placed<Fields>,
  { inlineValue }: Kmp,
): void {
  if (inlineValue === undefined) return;
  const read = readPublicKey(inlineValue);
  const field = ['spec', 'parameters', 'value'];
  if (read.kind === 'malformed')
    addProblem(collector, placed, field, `in line ${read.line} of the value: ${read.message}`);
  if (read.kind === 'unusable')
    addNote(collector, placed, `${read.code}: ${read.detail}; it is left out`, field);
}

function collectKeySet(collector: ConfigCollector, placed: Placed<Fields>): void {
  // The worker's status is a cluster's business: here the vault itself is asked.
  const { status: _, ...object } = placed.value;
  const value = accept(collector, placed, parseKeySet(object));
  if (value !== undefined) collector.objects.keySets.push({ ...placed, value });
}

function collectRevocation(collector: ConfigCollector, placed: Placed<Fields>): void {
  const value = accept(collector, placed, parseKeyRevocation(placed.value));
  if (value !== undefined) collector.objects.revocations.push({ ...placed, value });
}

function collectStore(collector: ConfigCollector, placed: Placed<Fields>): void {
  const store = accept(collector, placed, parseStore(placed.value));
  if (store?.parameters['useHttp'] === true)
    addNote(
      collector,
      placed,
      'useHttp is not followed: --plain-http says so on the command line',
      ['spec', 'parameters', 'useHttp'],
    );
}

function skip(why: string): KindReader['read'] {
  return (collector, placed) => {
    addNote(collector, placed, `${String(placed.value['kind'])} is not read: ${why}`);
  };
}
