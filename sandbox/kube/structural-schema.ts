/**
 * The structural OpenAPI schema of a custom resource: pruning of unknown fields and defaults.
 * `x-kubernetes-validations` (CEL) are NOT evaluated by this stand-in: what only CEL refuses is accepted here and refused
 * by a real API server. The contract suite against the real one covers those rules.
 */
import { z } from 'zod';
import { isRecord, type JsonRecord } from './objects.ts';

export interface StructuralSchema {
  type?: string | undefined;
  format?: string | undefined;
  nullable?: boolean | undefined;
  properties?: Record<string, StructuralSchema> | undefined;
  additionalProperties?: boolean | StructuralSchema | undefined;
  items?: StructuralSchema | undefined;
  required?: string[] | undefined;
  enum?: unknown[] | undefined;
  pattern?: string | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  exclusiveMinimum?: boolean | undefined;
  exclusiveMaximum?: boolean | undefined;
  multipleOf?: number | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  uniqueItems?: boolean | undefined;
  minProperties?: number | undefined;
  maxProperties?: number | undefined;
  default?: unknown;
  allOf?: StructuralSchema[] | undefined;
  anyOf?: StructuralSchema[] | undefined;
  oneOf?: StructuralSchema[] | undefined;
  not?: StructuralSchema | undefined;
  'x-kubernetes-preserve-unknown-fields'?: boolean | undefined;
  'x-kubernetes-int-or-string'?: boolean | undefined;
  'x-kubernetes-embedded-resource'?: boolean | undefined;
  'x-kubernetes-list-type'?: string | undefined;
  'x-kubernetes-list-map-keys'?: string[] | undefined;
}

const count = z.number().int().nonnegative().optional();

export const structuralSchema: z.ZodType<StructuralSchema> = z.lazy(() =>
  z.looseObject({
    type: z.enum(['object', 'array', 'string', 'integer', 'number', 'boolean', '']).optional(),
    format: z.string().optional(),
    nullable: z.boolean().optional(),
    properties: z.record(z.string(), structuralSchema).optional(),
    additionalProperties: z.union([z.boolean(), structuralSchema]).optional(),
    items: structuralSchema.optional(),
    required: z.array(z.string()).optional(),
    enum: z.array(z.unknown()).optional(),
    pattern: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.boolean().optional(),
    exclusiveMaximum: z.boolean().optional(),
    multipleOf: z.number().optional(),
    minLength: count,
    maxLength: count,
    minItems: count,
    maxItems: count,
    uniqueItems: z.boolean().optional(),
    minProperties: count,
    maxProperties: count,
    allOf: z.array(structuralSchema).optional(),
    anyOf: z.array(structuralSchema).optional(),
    oneOf: z.array(structuralSchema).optional(),
    not: structuralSchema.optional(),
    'x-kubernetes-preserve-unknown-fields': z.boolean().optional(),
    'x-kubernetes-int-or-string': z.boolean().optional(),
    'x-kubernetes-embedded-resource': z.boolean().optional(),
    'x-kubernetes-list-type': z.string().optional(),
    'x-kubernetes-list-map-keys': z.array(z.string()).optional(),
  }),
);

/** The schema that governs one member; `keep` = unknown here, and unknown fields are preserved. */
function memberSchema(
  schema: StructuralSchema,
  key: string,
): StructuralSchema | 'keep' | undefined {
  const declared = schema.properties?.[key];
  if (declared !== undefined) return declared;
  if (isRecord(schema.additionalProperties)) return schema.additionalProperties;
  if (schema.additionalProperties === true) return 'keep';
  return schema['x-kubernetes-preserve-unknown-fields'] === true ? 'keep' : undefined;
}

const OBJECT_META = ['apiVersion', 'kind', 'metadata'];

/**
 * Removes what the schema does not know.
 * @returns the pruned value and the paths removed, in the spelling of a strict decoding error
 */
export function prune(
  value: unknown,
  schema: StructuralSchema,
  path = '',
): { value: unknown; unknown: string[] } {
  if (Array.isArray(value)) {
    const items = schema.items;
    if (items === undefined) return { value, unknown: [] };
    const pruned = value.map((item, index) => prune(item, items, `${path}[${String(index)}]`));
    return { value: pruned.map((one) => one.value), unknown: pruned.flatMap((one) => one.unknown) };
  }
  if (!isRecord(value)) return { value, unknown: [] };
  const isResource = path === '' || schema['x-kubernetes-embedded-resource'] === true;
  const kept: JsonRecord = {};
  const unknown: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    const governs = isResource && OBJECT_META.includes(key) ? 'keep' : memberSchema(schema, key);
    if (governs === undefined) unknown.push(at);
    else if (governs === 'keep') kept[key] = member;
    else {
      const inner = prune(member, governs, at);
      kept[key] = inner.value;
      unknown.push(...inner.unknown);
    }
  }
  return { value: kept, unknown };
}

/** A null where null is not allowed and a default exists counts as absent (Kubernetes API conventions). */
function defaultMember(value: unknown, schema: StructuralSchema): unknown {
  const isAbsent = value === undefined || (value === null && schema.nullable !== true);
  const filled = isAbsent && schema.default !== undefined ? structuredClone(schema.default) : value;
  return filled === undefined ? undefined : applyDefaults(filled, schema);
}

/** Fills in defaults, also inside what a default brought. */
export function applyDefaults(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const items = schema.items;
    return items === undefined ? value : value.map((item) => applyDefaults(item, items));
  }
  if (!isRecord(value)) return value;
  const declared = schema.properties ?? {};
  const filled: JsonRecord = { ...value };
  for (const [key, member] of Object.entries(declared)) {
    const given = defaultMember(filled[key], member);
    if (given !== undefined) filled[key] = given;
  }
  const others = schema.additionalProperties;
  if (!isRecord(others)) return filled;
  for (const key of Object.keys(filled)) {
    if (declared[key] === undefined) filled[key] = applyDefaults(filled[key], others);
  }
  return filled;
}
