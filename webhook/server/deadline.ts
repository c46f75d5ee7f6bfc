/** When a review must have been answered. The timer is made only when somebody waits: a warm review needs none. */
export interface Deadline {
  signal(): AbortSignal;
  /** Frees the timer. */
  dispose(): void;
}

const DEFAULT_SECONDS = 10;
/** What the answer may need on its way back, at most a tenth of the time. */
const MARGIN_MS = 500;

/**
 * The API server's patience in milliseconds, from `?timeout=10s` (Go's duration syntax; the API server rounds to seconds).
 * Without one, or with nonsense: 10 s, the API's own default; never beyond its maximum of 30 s.
 */
export function parseTimeoutMs(query: string | null): number {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s)$/u.exec(query ?? '');
  const milliseconds = Number(match?.[1]) * (match?.[2] === 'ms' ? 1 : 1000);
  return milliseconds > 0 ? Math.min(milliseconds, 30_000) : DEFAULT_SECONDS * 1000;
}

/** A deadline with margin inside `timeoutMs`, counted from now. */
export function createDeadline(timeoutMs: number, start = performance.now()): Deadline {
  const budget = timeoutMs - Math.min(MARGIN_MS, timeoutMs / 10);
  let controller: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    signal: () => {
      if (controller !== undefined) return controller.signal;
      const made = new AbortController();
      controller = made;
      const left = Math.max(0, start + budget - performance.now());
      timer = setTimeout(() => {
        made.abort(new DOMException('the review had no time left', 'TimeoutError'));
      }, left);
      timer.unref();
      return made.signal;
    },
    dispose: () => {
      clearTimeout(timer);
    },
  };
}
