/** The shapes every part of the Kubernetes API stand-in speaks of. Stored objects are never changed in place. */
import { isDeepStrictEqual } from 'node:util';

export type JsonRecord = Record<string, unknown>;

export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: JsonRecord;
  subresource?: string | undefined;
}

export interface ObjectMeta {
  name: string;
  generateName?: string | undefined;
  namespace?: string | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  generation?: number | undefined;
  creationTimestamp?: string | undefined;
  deletionTimestamp?: string | undefined;
  deletionGracePeriodSeconds?: number | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  finalizers?: string[] | undefined;
  managedFields?: ManagedFieldsEntry[] | undefined;
  [key: string]: unknown;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [key: string]: unknown;
}

export interface User {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string;
}

/** The part of a logger the stand-in uses (platform/observe's Logger fits). */
export interface KubeLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function sameValue(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(left, right);
}

/** Reads a nested value; undefined when any step is missing. */
export function readPath(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}

/** JSON round trip: drops `undefined` members, so that equality means "same bytes for a client". */
export function toPlain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export function formatApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Kubernetes times have whole seconds (metav1.Time). */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
