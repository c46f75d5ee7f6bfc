import { decodeText, describeBinary, readInputFile, showPath } from '../read-input-file.ts';
import { collectObject } from './collect-object.ts';
import {
  addProblem,
  createCollector,
  placeOfField,
  type ConfigCollector,
  type ConfigObjects,
  type Placed,
} from './config-objects.ts';
import { formatPlace, refuseFileProblems } from './file-problem.ts';
import { parseYaml } from './yaml-documents.ts';

const CONFIG_LIMIT = 1024 * 1024;

export interface ConfigFile {
  /** As given: what key files in it are relative to. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** All files as one configuration. @throws UsageProblem that names every problem with file, line, column and field */
export async function readConfig(paths: readonly string[]): Promise<ConfigObjects> {
  const files = await Promise.all(
    paths.map(async (path) => ({ path, bytes: await readInputFile(path, CONFIG_LIMIT) })),
  );
  return parseConfig(files);
}

/** The same, of bytes that were read already. @throws UsageProblem and nothing else, whatever the bytes */
export function parseConfig(files: readonly ConfigFile[]): ConfigObjects {
  const collector = createCollector();
  for (const file of files) collectFile(collector, file);
  refuseSameNames(collector);
  refuseMissingProviders(collector);
  refuseFileProblems(collector.problems);
  return collector.objects;
}

function collectFile(collector: ConfigCollector, { path, bytes }: ConfigFile): void {
  const file = showPath(path);
  const start = { file, line: 1, column: 1 };
  const text = decodeText(bytes);
  if (text === undefined) {
    collector.problems.push({ place: start, field: '', message: describeBinary(bytes) });
    return;
  }
  const { documents, problems } = parseYaml(file, text);
  collector.problems.push(...problems);
  if (documents.length === 0 && problems.length === 0)
    collector.problems.push({ place: start, field: '', message: 'it holds nothing' });
  for (const document of documents)
    collectObject(collector, { value: document.value, document, folderOf: path, path: [] });
}

interface Named {
  readonly name: string;
  readonly namespace?: string;
}

/** In a cluster the last one applied would stand in for the others; here nobody can know which one is meant. */
function refuseSameNames(collector: ConfigCollector): void {
  const { verifiers, providers, keySets } = collector.objects;
  const kinds: readonly (readonly [string, readonly Placed<Named>[]])[] = [
    ['verifier', verifiers],
    ['key management provider', providers],
    ['KeySet', keySets],
  ];
  for (const [kind, all] of kinds) {
    const seen = new Map<string, Placed<Named>>();
    for (const placed of all) {
      const { name, namespace = '' } = placed.value;
      const first = seen.get(`${namespace}/${name}`);
      if (first === undefined) seen.set(`${namespace}/${name}`, placed);
      else {
        const where = formatPlace(placeOfField(first, ['metadata', 'name']));
        const message = `another ${kind} of this name stands at ${where}`;
        addProblem(collector, placed, ['metadata', 'name'], message);
      }
    }
  }
}

function refuseMissingProviders(collector: ConfigCollector): void {
  for (const placed of collector.objects.keySets) {
    const { spec, namespace } = placed.value;
    const { providerRef } = spec;
    if (providerRef === undefined) continue;
    const isThere = collector.objects.providers.some(
      ({ value: { kind, name, ...place } }) =>
        kind === providerRef.kind &&
        name === providerRef.name &&
        (place.namespace === undefined || place.namespace === namespace),
    );
    if (!isThere)
      addProblem(
        collector,
        placed,
        ['spec', 'providerRef', 'name'],
        `the files given hold no ${providerRef.kind} of that name`,
      );
  }
}
