/** CustomResourceDefinition objects: checked when written, turned into served resources. */
import { z } from 'zod';
import { formatAge } from './human-duration.ts';
import { compileJsonPath } from './json-path.ts';
import { isRecord, type JsonRecord, type KubeObject } from './objects.ts';
import { AGE_COLUMN, NAME_COLUMN } from './built-in-columns.ts';
import type { ResourceDefinition, TableColumn } from './resource-definition.ts';
import type { StatusCause } from './status-errors.ts';
import { structuralSchema } from './structural-schema.ts';

const printerColumn = z.object({
  name: z.string().min(1),
  type: z.enum(['string', 'integer', 'number', 'boolean', 'date']),
  jsonPath: z
    .string()
    .refine(
      (text) => compileJsonPath(text) !== undefined,
      'is not a JSONPath of the supported subset',
    ),
  format: z.string().default(''),
  description: z.string().default(''),
  priority: z.number().int().default(0),
});

const definitionSpec = z.object({
  group: z.string().min(1),
  scope: z.enum(['Cluster', 'Namespaced']),
  names: z.object({
    kind: z.string().min(1),
    plural: z.string().min(1),
    singular: z.string().optional(),
    listKind: z.string().optional(),
    shortNames: z.array(z.string()).default([]),
    categories: z.array(z.string()).default([]),
  }),
  versions: z
    .array(
      z.object({
        name: z.string().min(1),
        served: z.boolean(),
        storage: z.boolean(),
        schema: z.object({ openAPIV3Schema: structuralSchema }),
        subresources: z.record(z.string(), z.unknown()).optional(),
        additionalPrinterColumns: z.array(printerColumn).optional(),
        selectableFields: z.array(z.object({ jsonPath: z.string() })).default([]),
      }),
    )
    .min(1)
    .refine(
      (versions) => versions.filter((one) => one.storage).length === 1,
      'must have exactly one version marked as storage version',
    ),
});

type DefinitionSpec = z.infer<typeof definitionSpec>;
type DefinitionVersion = DefinitionSpec['versions'][number];

function cellReader(column: z.infer<typeof printerColumn>): TableColumn['cell'] {
  const read = compileJsonPath(column.jsonPath) ?? (() => []);
  return (object, now) => {
    const found = read(object);
    if (found.length === 0) return null;
    if (column.type === 'date') return formatAge(found[0], now);
    if (column.type !== 'string') return found[0];
    return found.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(',');
  };
}

function columnsOfVersion(version: DefinitionVersion): TableColumn[] {
  const own = version.additionalPrinterColumns;
  if (own === undefined || own.length === 0) return [NAME_COLUMN, AGE_COLUMN];
  return [NAME_COLUMN, ...own.map((column) => ({ ...column, cell: cellReader(column) }))];
}

function defineVersion(spec: DefinitionSpec, version: DefinitionVersion): ResourceDefinition {
  const { names, group, scope } = spec;
  return {
    group,
    version: version.name,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames,
    categories: names.categories,
    // `scale` is announced by no definition here: the stand-in does not serve it.
    subresources: version.subresources?.['status'] === undefined ? [] : ['status'],
    storageKey: `${group}/${names.plural}`,
    unconditionalUpdate: false,
    hasGeneration: true,
    selectableFields: version.selectableFields.map((field) => field.jsonPath.replace(/^\./, '')),
    columns: columnsOfVersion(version),
    custom: {
      schema: version.schema.openAPIV3Schema,
      openApi: version.schema.openAPIV3Schema as JsonRecord,
    },
  };
}

/** @returns the served versions of a stored definition, in the order written */
export function defineCustomResources(definition: KubeObject): ResourceDefinition[] {
  const spec = definitionSpec.parse(definition['spec']);
  return spec.versions.filter((one) => one.served).map((version) => defineVersion(spec, version));
}

/** @returns why the definition cannot be accepted; empty when it can */
export function checkCustomResourceDefinition(definition: KubeObject): StatusCause[] {
  const parsed = definitionSpec.safeParse(definition['spec']);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => ({
      reason: 'FieldValueInvalid',
      field: ['spec', ...issue.path.map(String)].join('.'),
      message: `Invalid value: ${issue.message}`,
    }));
  }
  const expected = `${parsed.data.names.plural}.${parsed.data.group}`;
  if (definition.metadata.name === expected) return [];
  const message = `Invalid value: "${definition.metadata.name}": must be spec.names.plural+"."+spec.group`;
  return [{ reason: 'FieldValueInvalid', field: 'metadata.name', message }];
}

/** What the apiextensions controllers write: here at once, in a real server some milliseconds later. */
export function establish(definition: KubeObject, time: string): KubeObject {
  const spec = definitionSpec.parse(definition['spec']);
  const { names } = spec;
  const condition = (type: string, reason: string, message: string): JsonRecord => ({
    type,
    status: 'True',
    lastTransitionTime: time,
    reason,
    message,
  });
  const before = isRecord(definition['status']) ? definition['status']['conditions'] : undefined;
  return {
    ...definition,
    status: {
      conditions: before ?? [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      acceptedNames: {
        ...names,
        singular: names.singular ?? names.kind.toLowerCase(),
        listKind: names.listKind ?? `${names.kind}List`,
      },
      storedVersions: spec.versions.filter((one) => one.storage).map((one) => one.name),
    },
  };
}
