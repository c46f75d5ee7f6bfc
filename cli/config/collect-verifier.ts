import { parseVerifier } from '../../platform/kube/schemas.ts';
import { quote } from '../../core/verdict/quote.ts';
import {
  accept,
  addNote,
  addProblem,
  type ConfigCollector,
  type Placed,
} from './config-objects.ts';
import { isRecord, type Fields } from './fields.ts';
import type { FieldPath } from './yaml-documents.ts';

const PARAMETERS = ['spec', 'parameters'] as const;
/** The fields of Ratify v1.2 to v1.4. */
const KNOWN = {
  parameters: ['trustPolicies', 'key', 'rekorURL'],
  trustPolicy: ['version', 'name', 'scopes', 'keys', 'keyless', 'tLogVerify', 'rekorURL'],
  key: ['provider', 'name', 'version', 'file'],
} as const;

/**
 * A Verifier of cosign's type; one of another type is noted, as keyward has no say in it. `rename` maps the object's fields to those of
 * the file.
 */
export function collectVerifier(
  collector: ConfigCollector,
  placed: Placed<Fields>,
  rename: (field: FieldPath) => FieldPath = (field) => field,
): void {
  const old = findOldForm(placed.value['spec']);
  if (old !== undefined) {
    addProblem(collector, placed, rename(old.field), old.message);
    return;
  }
  const parsed = accept(collector, placed, parseVerifier(placed.value), rename);
  if (parsed === undefined) return;
  if (parsed.cosign === undefined) {
    const type = quote(parsed.type, 60);
    addNote(collector, placed, `a verifier of type ${type} is not judged by: keyward knows cosign`);
    return;
  }
  const { problems = [] } = parsed.cosign;
  accept(
    collector,
    placed,
    problems.length === 0 ? { ok: true, value: 0 } : { ok: false, problems },
    rename,
  );
  const spec = placed.value['spec'];
  const parameters = isRecord(spec) ? spec['parameters'] : undefined;
  checkNames(parameters, (field, message, isProblem) => {
    const where = rename([...PARAMETERS, ...field]);
    if (isProblem) addProblem(collector, placed, where, message);
    else addNote(collector, placed, message, where);
  });
  const parametersAt = rename(PARAMETERS);
  collector.objects.verifiers.push({ ...placed, value: parsed.cosign, parametersAt });
}

const NEW_FORM = 'trustPolicies: [{name: default, scopes: ["*"], keys: [{file: <path>}]}]';

/** What Ratify took before it had trust policies: a key, or none for keyless signatures. */
function findOldForm(spec: unknown): { field: FieldPath; message: string } | undefined {
  if (!isRecord(spec) || (spec['type'] ?? spec['name']) !== 'cosign') return undefined;
  const parameters = spec['parameters'] ?? {};
  if (!isRecord(parameters) || 'trustPolicies' in parameters) return undefined;
  if ('key' in parameters)
    return {
      field: [...PARAMETERS, 'key'],
      message: `is Ratify's form before trust policies, which keyward does not read: write ${NEW_FORM}`,
    };
  return {
    field: PARAMETERS,
    message: `without trustPolicies it asks for keyless signatures, which keyward does not verify: name a key, ${NEW_FORM}`,
  };
}

type Report = (field: FieldPath, message: string, isProblem: boolean) => void;

/** Ratify reads names in any case (Go's JSON does), keyward exactly: `tlogVerify: true` must not lose its meaning in silence. */
function checkNames(parameters: unknown, report: Report): void {
  checkFields(parameters, { known: KNOWN.parameters, at: [] }, report);
  for (const [index, policy] of listIn(parameters, 'trustPolicies').entries()) {
    const at = ['trustPolicies', index];
    checkFields(policy, { known: KNOWN.trustPolicy, at }, report);
    for (const [keyIndex, key] of listIn(policy, 'keys').entries())
      checkFields(key, { known: KNOWN.key, at: [...at, 'keys', keyIndex] }, report);
  }
}

function checkFields(
  object: unknown,
  { known, at }: { readonly known: readonly string[]; readonly at: FieldPath },
  report: Report,
): void {
  for (const name of isRecord(object) ? Object.keys(object) : []) {
    if (known.includes(name)) continue;
    const meant = known.find((each) => each.toLowerCase() === name.toLowerCase());
    if (meant === undefined)
      report([...at, name], 'keyward knows no such field and ignores it', false);
    else report([...at, name], `is spelt ${meant}`, true);
  }
}

function listIn(object: unknown, name: string): readonly unknown[] {
  const list = isRecord(object) ? object[name] : undefined;
  return Array.isArray(list) ? list : [];
}
