import type { DenyCode } from '../verdict/reasons.ts';

/** Why bytes were refused, as a value. */
export interface Refused {
  readonly ok: false;
  readonly code: DenyCode;
  readonly detail: string;
}

/** Thrown inside a parser and caught at its door by `catchRefusal`: never leaves `core/cosign`. */
export class Refusal extends Error {
  readonly code: DenyCode;

  constructor(code: DenyCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** Runs a parser; its `Refusal` becomes a value. Any other error is a fault of keyward and goes on. */
export function catchRefusal<T extends object>(parse: () => T): T | Refused {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, code: error.code, detail: error.message };
    throw error;
  }
}
