import { quote } from '../verdict/quote.ts';
import { Refusal } from './refusal.ts';
import type { JsonObject, JsonValue } from './strict-json.ts';

/** Readers of one member. All throw a `Refusal` and are used behind `catchRefusal`. */

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function readObject(parent: JsonObject, name: string): JsonObject {
  const value = parent.get(name);
  if (!isObject(value)) throw new Refusal('JSON_FIELD', `${name} is not an object`);
  return value;
}

export function readString(parent: JsonObject, name: string): string {
  const value = parent.get(name);
  if (typeof value !== 'string') throw new Refusal('JSON_FIELD', `${name} is not a string`);
  return value;
}

/** An array of objects. */
export function readObjects(parent: JsonObject, name: string): readonly JsonObject[] {
  const value = parent.get(name);
  if (!isArray(value) || !value.every(isObject))
    throw new Refusal('JSON_FIELD', `${name} is not a list of objects`);
  return value;
}

export function refuseUnknownMembers(
  object: JsonObject,
  known: readonly string[],
  where: string,
): void {
  for (const name of object.keys())
    if (!known.includes(name))
      throw new Refusal('JSON_FIELD', `${where} has the unknown member ${quote(name, 40)}`);
}

/** The string members of an object of annotations: a value of any other type is no annotation. */
export function stringMembers(object: JsonObject): ReadonlyMap<string, string> {
  const strings = new Map<string, string>();
  for (const [name, value] of object) if (typeof value === 'string') strings.set(name, value);
  return strings;
}
