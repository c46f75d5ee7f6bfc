/** Faults a test or the story switches on: failing, hanging and dropping API requests. */
import { failure, type StatusError } from './status-errors.ts';

export interface RequestMatch {
  readonly method?: string;
  /** Matches when the path starts with this. */
  readonly path?: string;
  readonly watch?: boolean;
}

export type FaultAction =
  | {
      readonly kind: 'fail';
      readonly code: number;
      readonly reason: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' };

export interface Faults {
  /** @param times requests it strikes; absent: until clear() */
  readonly set: (match: RequestMatch, action: FaultAction, times?: number) => void;
  readonly clear: () => void;
  /** Watches stay open and fall silent until resumeWatches(). */
  readonly pauseWatches: () => void;
  readonly resumeWatches: () => void;
  /** Breaks every watch connection. */
  readonly dropWatches: () => void;
}

export interface FaultTable extends Pick<Faults, 'set' | 'clear'> {
  /** The fault that strikes this request, counted. */
  strike(request: { method: string; path: string; watch: boolean }): FaultAction | undefined;
}

export function createFaultTable(): FaultTable {
  let active: { match: RequestMatch; action: FaultAction; left: number }[] = [];
  return {
    set(match, action, times = Number.POSITIVE_INFINITY) {
      active.push({ match, action, left: times });
    },
    clear() {
      active = [];
    },
    strike({ method, path, watch }) {
      const fault = active.find(
        ({ match, left }) =>
          left > 0 &&
          (match.method === undefined || match.method === method) &&
          (match.path === undefined || path.startsWith(match.path)) &&
          (match.watch === undefined || match.watch === watch),
      );
      if (fault === undefined) return undefined;
      fault.left -= 1;
      return fault.action;
    },
  };
}

export function toFailure(action: Extract<FaultAction, { kind: 'fail' }>): StatusError {
  const { code, reason, message, retryAfterSeconds } = action;
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return failure(code, reason, message ?? reason, details);
}
