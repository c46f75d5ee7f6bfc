/**
 * Admission: mutating webhooks one after the other, validating ones together, as a real server calls them. Not here: reinvocation,
 * matchConditions and ValidatingAdmissionPolicy (both CEL). Policies are stored and never evaluated.
 */
import { randomUUID } from 'node:crypto';
import type { KubeObject, User } from './objects.ts';
import { isRecord, type JsonRecord } from './objects.ts';
import { applyJsonPatch } from './patch.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { failure, StatusError } from './status-errors.ts';
import type { Store } from './storage.ts';
import { NAMESPACE_STORAGE_KEY } from './built-in-kinds.ts';
import type { Labels } from './selectors.ts';
import { keyOf } from './storage.ts';
import type { AdmissionReview, WebhookCaller, WebhookResponse } from './webhook-call.ts';
import {
  concerns,
  readWebhooks,
  type AdmissionSubject,
  type Operation,
  type Webhook,
} from './webhook-configuration.ts';

export interface AdmissionInput {
  readonly resource: ResourceDefinition;
  readonly subresource: string | undefined;
  readonly operation: Operation;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  readonly options: JsonRecord;
  /** Filled by the calls: warnings for the client, annotations for the audit log. */
  readonly warnings: string[];
  readonly audit: Record<string, string>;
}

export interface Admission {
  /** @returns the object as the webhooks left it. @throws StatusError as the webhook's answer or failurePolicy says */
  mutate(input: AdmissionInput): Promise<KubeObject | undefined>;
  validate(input: AdmissionInput): Promise<void>;
}

function denial(webhook: Webhook, response: WebhookResponse): StatusError {
  const { status } = response;
  const by = `admission webhook "${webhook.name}" denied the request`;
  const said = status?.message ?? status?.reason;
  const message =
    said === undefined || said === '' ? `${by} without explanation` : `${by}: ${said}`;
  const code = status?.code ?? 0;
  const denied = failure(code < 400 ? 400 : code, status?.reason ?? '', message);
  const details = status?.['details'];
  return isRecord(details) ? new StatusError({ ...denied.body, details }) : denied;
}

function toReview(input: AdmissionInput, object: KubeObject | undefined): AdmissionReview {
  const { resource, user } = input;
  const { group, version, plural, kind } = resource;
  const named = { group, version, resource: plural };
  const sub =
    input.subresource === undefined
      ? {}
      : { subResource: input.subresource, requestSubResource: input.subresource };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: randomUUID(),
      kind: { group, version, kind },
      resource: named,
      requestKind: { group, version, kind },
      requestResource: named,
      ...sub,
      name: input.name,
      ...(input.namespace === undefined ? {} : { namespace: input.namespace }),
      operation: input.operation,
      userInfo: {
        username: user.username,
        groups: user.groups,
        ...(user.uid === undefined ? {} : { uid: user.uid }),
      },
      object: object ?? null,
      oldObject: input.oldObject ?? null,
      dryRun: input.dryRun,
      options: input.options,
    },
  };
}

export function createAdmission(store: Store, caller: WebhookCaller): Admission {
  const labelsOfNamespace = (input: AdmissionInput): Labels | undefined => {
    if (input.resource.storageKey === NAMESPACE_STORAGE_KEY) {
      return (input.object ?? input.oldObject)?.metadata.labels ?? {};
    }
    if (input.namespace === undefined) return undefined;
    return (
      store.get(NAMESPACE_STORAGE_KEY, keyOf(undefined, input.namespace))?.metadata.labels ?? {}
    );
  };

  const subjectOf = (input: AdmissionInput, object: KubeObject | undefined): AdmissionSubject => ({
    operation: input.operation,
    group: input.resource.group,
    version: input.resource.version,
    plural: input.resource.plural,
    subresource: input.subresource,
    namespaced: input.resource.namespaced,
    namespaceLabels: labelsOfNamespace(input),
    objects: [object, input.oldObject].filter((one) => one !== undefined),
  });

  /** undefined: the webhook could not be asked, and its failurePolicy lets the request pass. */
  const ask = async (
    webhook: Webhook,
    input: AdmissionInput,
    object: KubeObject | undefined,
  ): Promise<WebhookResponse | undefined> => {
    try {
      return await caller.call(webhook, toReview(input, object));
    } catch (error) {
      const why = `failed calling webhook "${webhook.name}": ${error instanceof Error ? error.message : String(error)}`;
      if (webhook.failurePolicy === 'Fail') {
        throw failure(500, 'InternalError', `Internal error occurred: ${why}`, {
          causes: [{ reason: '', message: why, field: '' }],
        });
      }
      input.audit[`failed-open.${webhook.name}`] = why;
      return undefined;
    }
  };

  const note = (webhook: Webhook, response: WebhookResponse, input: AdmissionInput): void => {
    input.warnings.push(...response.warnings);
    for (const [key, value] of Object.entries(response.auditAnnotations)) {
      input.audit[`${webhook.name}/${key}`] = value;
    }
  };

  return {
    async mutate(input) {
      let object = input.object;
      for (const webhook of readWebhooks(store, 'mutating')) {
        if (!concerns(webhook, subjectOf(input, object))) continue;
        const response = await ask(webhook, input, object);
        if (response === undefined) continue;
        note(webhook, response, input);
        if (!response.allowed) throw denial(webhook, response);
        if (response.patch === undefined || object === undefined) continue;
        if (response.patchType !== 'JSONPatch') {
          throw failure(
            500,
            'InternalError',
            `Internal error occurred: admission webhook "${webhook.name}" sent a patch without patchType JSONPatch`,
          );
        }
        object = applyWebhookPatch(webhook, object, response.patch);
      }
      return object;
    },
    async validate(input) {
      const matching = readWebhooks(store, 'validating').filter((webhook) =>
        concerns(webhook, subjectOf(input, input.object)),
      );
      const judged = await Promise.allSettled(
        matching.map(async (webhook) => {
          const response = await ask(webhook, input, input.object);
          if (response === undefined) return;
          note(webhook, response, input);
          if (!response.allowed) throw denial(webhook, response);
        }),
      );
      const refused = judged.find((one) => one.status === 'rejected');
      if (refused !== undefined) throw refused.reason;
    },
  };
}

function applyWebhookPatch(webhook: Webhook, object: KubeObject, patch: string): KubeObject {
  try {
    const operations: unknown = JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
    return applyJsonPatch(object, operations) as KubeObject;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw failure(
      500,
      'InternalError',
      `Internal error occurred: patch of admission webhook "${webhook.name}" cannot be applied: ${why}`,
    );
  }
}
