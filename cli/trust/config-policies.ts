import { dirname, resolve } from 'node:path';
import { keySetNameOf } from '../../core/keys/build-trust-view.ts';
import { policiesOf } from '../../core/policy/policies-of.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { RatifyKeyRef } from '../../core/policy/ratify-verifier.ts';
import { UsageProblem } from '../command-input.ts';
import {
  formatField,
  placeOfField,
  type ConfigObjects,
  type PlacedVerifier,
} from '../config/config-objects.ts';
import { formatPlace, refuseFileProblems, type FileProblem } from '../config/file-problem.ts';
import type { FieldPath } from '../config/yaml-documents.ts';
import { readKeyFile, type FileKey } from '../keys/key-source.ts';
import { keywardNamespace } from '../read-trust.ts';
import { makeKeySet } from './fill-key-set.ts';
import type { KeySetOrigin } from './key-set-origin.ts';

export interface ConfigPolicies {
  readonly policies: readonly Policy[];
  readonly origins: readonly KeySetOrigin[];
}

/** Reads a key file: tests give another. @throws UsageProblem */
export type ReadKeyFile = (path: string) => Promise<readonly FileKey[]>;

/**
 * The policies that the files together make, as the webhook would make them of the same objects, but for key files, which it has not:
 * here they are read, relative to the folder of the file that names them. @throws UsageProblem for key files, with the place that names them
 */
export async function readConfigPolicies(
  config: ConfigObjects,
  options: { readonly delegated: readonly string[]; readonly readFile?: ReadKeyFile },
): Promise<ConfigPolicies> {
  const files = await readKeyFiles(config, options.readFile ?? readKeyFile);
  const written = writtenOrigins(config);
  const origins = [...written, ...adoptedOrigins(config, written), ...files.origins];
  const policies = policiesOf({
    verifiers: config.verifiers.map((placed) => files.rewrite(placed)),
    keySets: origins.map(({ keySet }) => keySet),
    keywardNamespace: keywardNamespace(),
    delegatedNamespaces: options.delegated,
  });
  const places = placesOf(config);
  return {
    policies: policies.map((policy) => sayWhere(policy, places)),
    origins,
  };
}

function writtenOrigins({ keySets, providers }: ConfigObjects): readonly KeySetOrigin[] {
  return keySets.map(({ value: keySet }) => {
    const { providerRef } = keySet.spec;
    const kmp = providers.find(
      ({ value }) =>
        value.kind === providerRef?.kind &&
        value.name === providerRef.name &&
        (value.namespace === undefined || value.namespace === keySet.namespace),
    )?.value;
    return { kind: 'written', keySet, ...(kmp === undefined ? {} : { kmp }) };
  });
}

/** For each provider that no KeySet of its own place follows. */
function adoptedOrigins(
  { providers }: ConfigObjects,
  written: readonly KeySetOrigin[],
): readonly KeySetOrigin[] {
  return providers.flatMap(({ value: kmp }) => {
    const { kind, name } = kmp;
    const namespace = kmp.namespace ?? keywardNamespace();
    const isFollowed = written.some(
      ({ keySet: { namespace: place, spec } }) =>
        place === namespace && spec.providerRef?.kind === kind && spec.providerRef.name === name,
    );
    if (isFollowed) return [];
    // No KeySet of a person can have this name: Kubernetes allows no slash in it.
    const place = { namespace, name: `${kind}/${name}` };
    return [{ kind: 'adopted', keySet: makeKeySet(place, { providerRef: { kind, name } }), kmp }];
  });
}

interface KeyFiles {
  readonly origins: readonly KeySetOrigin[];
  /** The verifier with each key file as a provider of its own. */
  rewrite(placed: PlacedVerifier): PlacedVerifier['value'];
}

async function readKeyFiles(config: ConfigObjects, read: ReadKeyFile): Promise<KeyFiles> {
  const named = config.verifiers.flatMap((placed) =>
    placed.value.trustPolicies.flatMap(({ keys }, policy) =>
      keys.flatMap((key, index) =>
        isFileOnly(key) ? [{ placed, path: pathOf(placed, key), policy, index }] : [],
      ),
    ),
  );
  const providerOf = nameProviders(config, new Set(named.map(({ path }) => path)));
  const files = new Map<string, FileKey>();
  const problems: FileProblem[] = [];
  for (const { placed, path, policy, index } of named) {
    if (files.has(path)) continue;
    try {
      files.set(path, onlyKey(await read(path)));
    } catch (error) {
      if (!(error instanceof UsageProblem)) throw error;
      const inParameters: FieldPath = ['trustPolicies', policy, 'keys', index, 'file'];
      const field = [...placed.parametersAt, ...inParameters];
      const place = placeOfField(placed, field);
      problems.push({ place, field: formatField(field), message: error.message });
    }
  }
  refuseFileProblems(problems);
  return {
    origins: [...files].map(([path, file]) => {
      const name = providerOf.get(path) ?? '';
      const providerRef = { kind: 'KeyManagementProvider', name } as const;
      const keySet = makeKeySet({ namespace: keywardNamespace(), name }, { providerRef });
      return { kind: 'file', keySet, file };
    }),
    rewrite: (placed) => ({
      ...placed.value,
      trustPolicies: placed.value.trustPolicies.map((policy) => ({
        ...policy,
        keys: policy.keys.map((key) => {
          const provider = isFileOnly(key) ? providerOf.get(pathOf(placed, key)) : undefined;
          return provider === undefined ? key : { provider };
        }),
      })),
    }),
  };
}

/** Ratify takes one key of a file. */
function onlyKey(keys: readonly FileKey[]): FileKey {
  const [key, ...more] = keys;
  if (key === undefined || more.length > 0)
    throw new UsageProblem('the file holds several keys: give each in a file of its own');
  return key;
}

type FileRef = RatifyKeyRef & { readonly file: string };

/** A file beside a provider or a name means nothing in Ratify either: such a key is left to the policy, which denies for it. */
function isFileOnly({ file, ...others }: RatifyKeyRef): boolean {
  return file !== undefined && Object.keys(others).length === 0;
}

function pathOf({ folderOf }: PlacedVerifier, { file = '' }: Partial<FileRef>): string {
  return resolve(dirname(folderOf), file);
}

/** A provider name for each file, which nobody could have meant: Kubernetes allows no blank in one, and none that is used is taken. */
function nameProviders(
  { verifiers }: ConfigObjects,
  paths: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const taken = new Set(
    verifiers.flatMap(({ value }) =>
      value.trustPolicies.flatMap(({ keys }) => keys.map(({ provider }) => provider)),
    ),
  );
  let number = 0;
  const next = (): string => {
    number += 1;
    const name = `key file ${number}`;
    return taken.has(name) ? next() : name;
  };
  return new Map([...paths].map((path) => [path, next()]));
}

/** Where the parts of each policy stand, by its id. */
type Places = ReadonlyMap<string, (field?: string) => string>;

function placesOf(config: ConfigObjects): Places {
  const places = new Map<string, (field?: string) => string>();
  for (const placed of config.verifiers) {
    const { kind, name, namespace, trustPolicies } = placed.value;
    const group = `${kind}/${namespace === undefined ? '' : `${namespace}/`}${name}`;
    places.set(group, () => formatPlace(placeOfField(placed, placed.parametersAt)));
    for (const [index, policy] of trustPolicies.entries()) {
      const at = [...placed.parametersAt, 'trustPolicies', index];
      const where = (field?: string): string =>
        formatPlace(placeOfField(placed, field === undefined ? at : [...at, field]));
      // Of two with one name, the first: the denial says that there are two.
      if (!places.has(`${group}/${policy.name}`)) places.set(`${group}/${policy.name}`, where);
    }
  }
  for (const placed of config.keySets)
    places.set(`KeySet/${keySetNameOf(placed.value)}`, () =>
      formatPlace(placeOfField(placed, ['spec', 'images'])),
    );
  return places;
}

/** What a policy asks for that keyward does not do, with where it asks. */
function sayWhere(policy: Policy, places: Places): Policy {
  const { unsupported } = policy;
  const where = places.get(policy.id);
  if (unsupported === undefined || where === undefined) return policy;
  const detail = `${unsupported.detail} (${where(fieldOf(unsupported))})`;
  return { ...policy, unsupported: { ...unsupported, detail } };
}

function fieldOf({ code, detail }: NonNullable<Policy['unsupported']>): string | undefined {
  if (code === 'KEYLESS_UNSUPPORTED') return 'keyless';
  if (code === 'TLOG_UNSUPPORTED') return 'tLogVerify';
  // What is wrong with a policy as a whole is in its words only.
  return ['scopes', 'keys'].find((field) => detail.includes(field.slice(0, -1)));
}
