/** Validation of a value against a structural schema, in the words and reasons of a real API server. */
import { isRecord, sameValue } from './objects.ts';
import type { StatusCause } from './status-errors.ts';
import type { StructuralSchema } from './structural-schema.ts';

function cause(field: string, reason: string, message: string): StatusCause {
  return { reason, message, field: field === '' ? '<nil>' : field };
}

function show(value: unknown): string {
  return JSON.stringify(value);
}

function breaks(field: string, value: unknown, rule: string): StatusCause {
  return cause(
    field,
    'FieldValueInvalid',
    `Invalid value: ${show(value)}: ${field} in body ${rule}`,
  );
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function hasType(value: unknown, schema: StructuralSchema): boolean {
  const actual = typeName(value);
  if (value === null && schema.nullable === true) return true;
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'].includes(actual);
  if (schema.type === undefined || schema.type === '') return true;
  return actual === schema.type || (schema.type === 'number' && actual === 'integer');
}

function checkString(value: string, schema: StructuralSchema, field: string): StatusCause[] {
  const found: StatusCause[] = [];
  const length = Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    const limit = `Too long: may not be more than ${String(schema.maxLength)} bytes`;
    found.push(cause(field, 'FieldValueTooLong', limit));
  }
  if (schema.minLength !== undefined && length < schema.minLength) {
    found.push(breaks(field, value, `should be at least ${String(schema.minLength)} chars long`));
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    found.push(breaks(field, value, `should match '${schema.pattern}'`));
  }
  if (schema.format === 'date-time' && Number.isNaN(Date.parse(value))) {
    found.push(breaks(field, value, `must be of type date-time: ${show(value)}`));
  }
  return found;
}

function checkNumber(value: number, schema: StructuralSchema, field: string): StatusCause[] {
  const found: StatusCause[] = [];
  const { minimum, maximum, multipleOf } = schema;
  if (
    minimum !== undefined &&
    (schema.exclusiveMinimum === true ? value <= minimum : value < minimum)
  ) {
    const word = schema.exclusiveMinimum === true ? 'greater than' : 'greater than or equal to';
    found.push(breaks(field, value, `should be ${word} ${String(minimum)}`));
  }
  if (
    maximum !== undefined &&
    (schema.exclusiveMaximum === true ? value >= maximum : value > maximum)
  ) {
    const word = schema.exclusiveMaximum === true ? 'less than' : 'less than or equal to';
    found.push(breaks(field, value, `should be ${word} ${String(maximum)}`));
  }
  if (multipleOf !== undefined && value % multipleOf !== 0) {
    found.push(breaks(field, value, `should be a multiple of ${String(multipleOf)}`));
  }
  return found;
}

function checkDuplicates(
  value: readonly unknown[],
  schema: StructuralSchema,
  field: string,
): StatusCause[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const isMap = schema['x-kubernetes-list-type'] === 'map';
  const isSet = schema['x-kubernetes-list-type'] === 'set' || schema.uniqueItems === true;
  if (!isMap && !isSet) return [];
  const identity = (item: unknown): unknown =>
    isMap && isRecord(item) ? Object.fromEntries(keys.map((key) => [key, item[key]])) : item;
  return value.flatMap((item, index) =>
    value.slice(0, index).some((earlier) => sameValue(identity(earlier), identity(item)))
      ? [
          cause(
            `${field}[${String(index)}]`,
            'FieldValueDuplicate',
            `Duplicate value: ${show(identity(item))}`,
          ),
        ]
      : [],
  );
}

function checkArray(
  value: readonly unknown[],
  schema: StructuralSchema,
  field: string,
): StatusCause[] {
  const found: StatusCause[] = [];
  const { maxItems, minItems, items } = schema;
  if (maxItems !== undefined && value.length > maxItems) {
    const words = `Too many: ${String(value.length)}: must have at most ${String(maxItems)} items`;
    found.push(cause(field, 'FieldValueTooMany', words));
  }
  if (minItems !== undefined && value.length < minItems) {
    found.push(breaks(field, value.length, `should have at least ${String(minItems)} items`));
  }
  found.push(...checkDuplicates(value, schema, field));
  if (items === undefined) return found;
  return [
    ...found,
    ...value.flatMap((item, index) => validate(item, items, `${field}[${String(index)}]`)),
  ];
}

function checkObject(
  value: Record<string, unknown>,
  schema: StructuralSchema,
  field: string,
): StatusCause[] {
  const at = (key: string): string => (field === '' ? key : `${field}.${key}`);
  const found = (schema.required ?? [])
    .filter((key) => value[key] === undefined)
    .map((key) => cause(at(key), 'FieldValueRequired', 'Required value'));
  const size = Object.keys(value).length;
  if (schema.maxProperties !== undefined && size > schema.maxProperties) {
    const words = `Too many: ${String(size)}: must have at most ${String(schema.maxProperties)} items`;
    found.push(cause(field, 'FieldValueTooMany', words));
  }
  if (schema.minProperties !== undefined && size < schema.minProperties) {
    found.push(
      breaks(field, size, `should have at least ${String(schema.minProperties)} properties`),
    );
  }
  for (const [key, member] of Object.entries(value)) {
    const declared = schema.properties?.[key];
    if (declared !== undefined) found.push(...validate(member, declared, at(key)));
    else if (isRecord(schema.additionalProperties)) {
      found.push(...validate(member, schema.additionalProperties, at(key)));
    }
  }
  return found;
}

function checkCombinations(value: unknown, schema: StructuralSchema, field: string): StatusCause[] {
  const passes = (one: StructuralSchema): boolean => validate(value, one, field).length === 0;
  const found = (schema.allOf ?? []).flatMap((one) => validate(value, one, field));
  if (schema.anyOf !== undefined && !schema.anyOf.some(passes)) {
    found.push(breaks(field, value, 'must validate at least one schema (anyOf)'));
  }
  if (schema.oneOf !== undefined && schema.oneOf.filter(passes).length !== 1) {
    found.push(breaks(field, value, 'must validate one and only one schema (oneOf)'));
  }
  if (schema.not !== undefined && passes(schema.not)) {
    found.push(breaks(field, value, 'must not validate the schema (not)'));
  }
  return found;
}

/** @returns every violation; empty means valid */
export function validate(value: unknown, schema: StructuralSchema, field = ''): StatusCause[] {
  if (!hasType(value, schema)) {
    const wanted = schema.type === undefined || schema.type === '' ? 'integer,string' : schema.type;
    const words = `Invalid value: "${typeName(value)}": ${field} in body must be of type ${wanted}: "${typeName(value)}"`;
    return [cause(field, 'FieldValueTypeInvalid', words)];
  }
  if (value === null) return [];
  const found: StatusCause[] = [];
  if (schema.enum !== undefined && !schema.enum.some((allowed) => sameValue(allowed, value))) {
    const supported = schema.enum.map(show).join(', ');
    const words = `Unsupported value: ${show(value)}: supported values: ${supported}`;
    found.push(cause(field, 'FieldValueNotSupported', words));
  }
  if (typeof value === 'string') found.push(...checkString(value, schema, field));
  else if (typeof value === 'number') found.push(...checkNumber(value, schema, field));
  else if (Array.isArray(value)) found.push(...checkArray(value, schema, field));
  else if (isRecord(value)) found.push(...checkObject(value, schema, field));
  return [...found, ...checkCombinations(value, schema, field)];
}
