import { z } from 'zod';

/** What the vault answered instead of a key. */
export class VaultRefusal extends Error {
  readonly status: number;
  /** Key Vault's own codes; undefined when the answer was somebody else's (a proxy, a load balancer). */
  readonly code: string | undefined;
  readonly innerCode: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(answer: Answer) {
    const { code, message, innererror } = parseBody(answer.bodyAsText ?? '') ?? {};
    super(message ?? 'the answer is not one of Key Vault');
    this.name = 'VaultRefusal';
    this.status = answer.status;
    this.code = code;
    this.innerCode = innererror?.code;
    this.retryAfterSeconds = parseRetryAfter(answer.headers.get('retry-after'));
  }
}

interface Answer {
  readonly status: number;
  readonly bodyAsText?: string | null;
  readonly headers: { get(name: string): string | undefined };
}

const bodySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string().catch(''),
    innererror: z.object({ code: z.string() }).optional().catch(undefined),
  }),
});

function parseBody(text: string): z.infer<typeof bodySchema>['error'] | undefined {
  try {
    return bodySchema.safeParse(JSON.parse(text)).data?.error;
  } catch {
    return undefined;
  }
}

/** An hour's pause asked for by whatever stands in between would blind the sweep for as long. */
const LONGEST_PAUSE_SECONDS = 300;

/** Seconds, or a date; both are allowed (RFC 9110 section 10.2.3). Azure sends seconds. */
function parseRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,9}$/u.test(text) ? Number(text) : secondsUntil(text);
  return seconds === undefined ? undefined : Math.min(seconds, LONGEST_PAUSE_SECONDS);
}

function secondsUntil(date: string): number | undefined {
  // Date.parse alone would take `1.5` for a day in January.
  const at = /^[A-Z][a-z]{2,8}, /u.test(date) ? Date.parse(date) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
