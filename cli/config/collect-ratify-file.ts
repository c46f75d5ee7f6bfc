import { collectVerifier } from './collect-verifier.ts';
import { addNote, addProblem, type ConfigCollector, type Placed } from './config-objects.ts';
import { isRecord, type Fields } from './fields.ts';
import type { FieldPath } from './yaml-documents.ts';

/** Whether this is the configuration file of Ratify v1 outside Kubernetes: `{"store": …, "verifier": {"plugins": […]}, …}`. */
export function isRatifyFile(value: Fields): boolean {
  return 'verifier' in value;
}

/** Its plugins are what Verifiers are in a cluster: the name is the type, everything else are parameters. */
export function collectRatifyFile(collector: ConfigCollector, placed: Placed<Fields>): void {
  const { verifier } = placed.value;
  const plugins = isRecord(verifier) ? verifier['plugins'] : undefined;
  if (!Array.isArray(plugins)) {
    addProblem(collector, placed, ['verifier', 'plugins'], 'is not a list');
    return;
  }
  for (const [index, plugin] of plugins.entries()) {
    const at: FieldPath = ['verifier', 'plugins', index];
    if (isRecord(plugin)) collectPlugin(collector, placed, { plugin, at });
    else addProblem(collector, placed, at, 'is not an object');
  }
  if ('policy' in placed.value)
    addNote(
      collector,
      placed,
      'policy is not read: keyward asks for one good signature, and for all policies',
      ['policy'],
    );
}

function collectPlugin(
  collector: ConfigCollector,
  placed: Placed<Fields>,
  { plugin, at }: { readonly plugin: Fields; readonly at: FieldPath },
): void {
  const { name, type, artifactTypes: _, version: __, ...parameters } = plugin;
  if (typeof name !== 'string' || name === '') {
    addProblem(collector, placed, [...at, 'name'], 'must be the name of a verifier');
    return;
  }
  const value = { metadata: { name }, spec: { name, type, parameters } };
  // `spec.parameters.trustPolicies[0]` of the object is `verifier.plugins[0].trustPolicies[0]` in the file.
  collectVerifier(collector, { ...placed, value }, (field) => [
    ...at,
    ...(field[0] === 'spec' ? field.slice(field[1] === 'parameters' ? 2 : 1) : field),
  ]);
}
