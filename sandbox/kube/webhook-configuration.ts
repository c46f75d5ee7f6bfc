/** Reads stored webhook configurations and decides which of their webhooks a request concerns. */
import { z } from 'zod';
import type { KubeObject } from './objects.ts';
import type { Store } from './storage.ts';
import { matchLabelSelector, type Labels, type LabelSelector } from './selectors.ts';

const selector: z.ZodType<LabelSelector> = z.object({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

const rule = z.object({
  apiGroups: z.array(z.string()),
  apiVersions: z.array(z.string()),
  resources: z.array(z.string()),
  operations: z.array(z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'])),
  scope: z.enum(['*', 'Cluster', 'Namespaced']).default('*'),
});

const webhook = z.object({
  name: z.string().min(1),
  clientConfig: z.object({
    url: z.string().optional(),
    caBundle: z.string().optional(),
    service: z
      .object({
        namespace: z.string(),
        name: z.string(),
        path: z.string().default('/'),
        port: z.number().int().default(443),
      })
      .optional(),
  }),
  rules: z.array(rule).default([]),
  failurePolicy: z.enum(['Fail', 'Ignore']).default('Fail'),
  matchPolicy: z.enum(['Exact', 'Equivalent']).default('Equivalent'),
  namespaceSelector: selector.optional(),
  objectSelector: selector.optional(),
  sideEffects: z.enum(['None', 'NoneOnDryRun', 'Some', 'Unknown']),
  timeoutSeconds: z.number().int().min(1).max(30).default(10),
  admissionReviewVersions: z.array(z.string()).min(1),
});

const webhooks = z.array(webhook).default([]);

export type Webhook = z.infer<typeof webhook>;
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** What a rule is matched against. */
export interface AdmissionSubject {
  readonly operation: Operation;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource: string | undefined;
  readonly namespaced: boolean;
  /** Labels the namespaceSelector sees; undefined: cluster-scoped, so the selector does not apply. */
  readonly namespaceLabels: Labels | undefined;
  readonly objects: readonly KubeObject[];
}

/** Configurations in the order a real server calls them: by name, then as written. */
export function readWebhooks(store: Store, kind: 'mutating' | 'validating'): Webhook[] {
  return store
    .list(`admissionregistration.k8s.io/${kind}webhookconfigurations`)
    .flatMap((configuration) => webhooks.parse(configuration['webhooks']));
}

/** @returns what is wrong with a configuration about to be written; undefined when nothing is */
export function checkWebhookConfiguration(
  object: KubeObject,
): { field: string; message: string } | undefined {
  const parsed = webhooks.safeParse(object['webhooks']);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      field: ['webhooks', ...(issue?.path.map(String) ?? [])].join('.'),
      message: `Invalid value: ${issue?.message ?? ''}`,
    };
  }
  const unaddressed = parsed.data.findIndex(
    ({ clientConfig }) => (clientConfig.url === undefined) === (clientConfig.service === undefined),
  );
  if (unaddressed === -1) return undefined;
  return {
    field: `webhooks[${String(unaddressed)}].clientConfig`,
    message: 'Required value: exactly one of url or service is required',
  };
}

function matchesResource(
  patterns: readonly string[],
  plural: string,
  subresource: string | undefined,
): boolean {
  return patterns.some((pattern) => {
    const [resource, sub] = pattern.split('/', 2);
    if (resource !== '*' && resource !== plural) return false;
    return sub === '*' || sub === subresource;
  });
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

function matchesRule(
  one: z.infer<typeof rule>,
  subject: AdmissionSubject,
  exact: boolean,
): boolean {
  const scope = subject.namespaced ? 'Namespaced' : 'Cluster';
  return (
    includes(one.operations, subject.operation) &&
    includes(one.apiGroups, subject.group) &&
    // Equivalent: a rule for one served version of a resource also covers the others.
    (!exact || includes(one.apiVersions, subject.version)) &&
    (one.scope === '*' || one.scope === scope) &&
    matchesResource(one.resources, subject.plural, subject.subresource)
  );
}

/** Kinds no webhook may judge, so that a broken webhook can always be taken out again. */
const EXEMPT_GROUP = 'admissionregistration.k8s.io';

/** `matchConditions` are CEL: not evaluated, so a webhook that has them is called more often than by a real server. */
export function concerns(one: Webhook, subject: AdmissionSubject): boolean {
  if (subject.group === EXEMPT_GROUP) return false;
  const exact = one.matchPolicy === 'Exact';
  if (!one.rules.some((each) => matchesRule(each, subject, exact))) return false;
  if (
    subject.namespaceLabels !== undefined &&
    !matchLabelSelector(one.namespaceSelector, subject.namespaceLabels)
  ) {
    return false;
  }
  return subject.objects.some((object) =>
    matchLabelSelector(one.objectSelector, object.metadata.labels ?? {}),
  );
}
