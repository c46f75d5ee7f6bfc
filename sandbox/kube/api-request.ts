/** What every handler receives, and the query options they share. */
import { z } from 'zod';
import type { Admission } from './admission.ts';
import { isRecord, type JsonRecord, type KubeObject, type User } from './objects.ts';
import type { RequestTarget } from './request-target.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import type { ResourceRegistry } from './resource-registry.ts';
import { badRequest } from './status-errors.ts';
import type { Store } from './storage.ts';

export interface Api {
  readonly store: Store;
  readonly registry: ResourceRegistry;
  readonly admission: Admission;
  readonly now: () => Date;
}

export interface ApiRequest {
  readonly target: RequestTarget;
  readonly resource: ResourceDefinition;
  readonly query: URLSearchParams;
  readonly user: User;
  readonly userAgent: string;
  readonly contentType: string | undefined;
  /** The decoded body; undefined when there was none. */
  readonly body: unknown;
  readonly warnings: string[];
  readonly audit: Record<string, string>;
}

export interface Answer {
  readonly code: number;
  readonly object: KubeObject | undefined;
  /** Set instead of `object` for a Status answer. */
  readonly status?: object;
}

const objectShape = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z
    .looseObject({
      name: z.string().nullish(),
      generateName: z.string().nullish(),
      namespace: z.string().nullish(),
      uid: z.string().nullish(),
      resourceVersion: z.string().nullish(),
      labels: z.record(z.string(), z.string()).nullish(),
      annotations: z.record(z.string(), z.string()).nullish(),
      finalizers: z.array(z.string()).nullish(),
    })
    .nullish(),
});

function withoutNulls(record: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

/** @throws StatusError 400 when the value is not a Kubernetes object at all */
export function toKubeObject(value: unknown): KubeObject {
  const parsed = objectShape.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.join('.') ?? '';
    throw badRequest(
      `Object in the request cannot be decoded: ${at === '' ? 'it' : at} ${issue?.message ?? 'is malformed'}`,
    );
  }
  const metadata = isRecord(parsed.data.metadata) ? withoutNulls(parsed.data.metadata) : {};
  return { ...(value as KubeObject), metadata: { name: '', ...metadata } };
}

export function isDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun');
  if (values.some((value) => value !== 'All')) {
    throw badRequest(`invalid value for dryRun: ${values.join(',')}`);
  }
  return values.length > 0;
}

/** As the real server: the query's name, else the client program's name. */
export function readFieldManager({ query, userAgent }: ApiRequest): string {
  const given = query.get('fieldManager') ?? '';
  const program = userAgent.split('/')[0] ?? '';
  return given === '' ? program.slice(0, 128) || 'unknown' : given;
}

/** @throws StatusError 400 when the value is no non-negative whole number */
export function readCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax (${name})`);
  return Number(text);
}
