import { z } from 'zod';

const KIND = z.object({ group: z.string(), version: z.string(), kind: z.string() });
const RESOURCE = z.object({ group: z.string(), version: z.string(), resource: z.string() });

// Shallow: `object` may be megabytes, and `findImages` judges every byte of it that matters.
const REQUEST = z.object({
  kind: KIND,
  resource: RESOURCE,
  subResource: z.string().optional(),
  name: z.string().optional(),
  namespace: z.string().optional(),
  operation: z.string(),
  dryRun: z.boolean().nullish(),
  object: z.unknown().optional(),
  oldObject: z.unknown().optional(),
});

const UID = z.string().min(1).max(256);
const ENVELOPE = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.looseObject({ uid: UID }),
});
const REVIEW = ENVELOPE.extend({ request: REQUEST.extend({ uid: UID }) });

/** The request of an `AdmissionReview` (admission.k8s.io/v1), as far as keyward reads it. */
export type AdmissionRequest = z.output<typeof REQUEST>;

export type ParsedReview =
  | { readonly kind: 'review'; readonly uid: string; readonly request: AdmissionRequest }
  /** An AdmissionReview whose request makes no sense: it can be answered, by its UID. */
  | { readonly kind: 'malformed'; readonly uid: string; readonly detail: string }
  | { readonly kind: 'not-a-review'; readonly detail: string };

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: {
    readonly status: 'Failure';
    readonly code: number;
    readonly reason: string;
    readonly message: string;
  };
  readonly patchType?: 'JSONPatch';
  /** Base64 of the JSON patch. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
  /** The API server prefixes the keys with the webhook's name. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** Parses the body of an admission call. Never throws. */
export function parseReview(body: string): ParsedReview {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { kind: 'not-a-review', detail: 'the body is not JSON' };
  }
  const review = REVIEW.safeParse(value);
  if (review.success) {
    const { request } = review.data;
    return { kind: 'review', uid: request.uid, request };
  }
  const envelope = ENVELOPE.safeParse(value);
  if (!envelope.success) {
    return { kind: 'not-a-review', detail: `not an AdmissionReview v1: ${whatOf(envelope.error)}` };
  }
  const { uid } = envelope.data.request;
  return {
    kind: 'malformed',
    uid,
    detail: whatOf(review.error).replace(/^request\./u, 'request '),
  };
}

/** The answer's bytes. A UID that is not the request's makes the API server discard the answer. */
export function formatReview(response: AdmissionResponse): string {
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
}

function whatOf(error: z.ZodError): string {
  const issue = error.issues[0];
  const place = issue?.path.join('.') ?? '';
  return place === '' ? (issue?.message ?? '') : `${place}: ${issue?.message ?? ''}`;
}
