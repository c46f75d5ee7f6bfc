export interface BucketLimits {
  readonly perSecond: number;
  /** As many may go at once after a quiet time. */
  readonly burst: number;
}

export interface TokenBucket {
  /**
   * Takes a turn: `milliseconds` to wait for it, 0 = now. Turns are given in the order in which they are asked for. `too-long`: none was
   * taken, since it would be later than `longestWaitMs`.
   */
  take(
    now: number,
    longestWaitMs: number,
  ): { readonly kind: 'turn' | 'too-long'; readonly milliseconds: number };
}

/** A token bucket as one number, the time at which it is full again (GCRA). */
export function createTokenBucket({ perSecond, burst }: BucketLimits): TokenBucket {
  const interval = 1000 / perSecond;
  const tolerance = (burst - 1) * interval;
  let fullAt = 0;
  return {
    take: (now, longestWaitMs) => {
      // Further ahead than turns can have been given: the clock was set back.
      if (fullAt > now + tolerance + interval + longestWaitMs) fullAt = now;
      const from = Math.max(fullAt, now);
      const milliseconds = Math.max(from - tolerance - now, 0);
      if (milliseconds > longestWaitMs) return { kind: 'too-long', milliseconds };
      fullAt = from + interval;
      return { kind: 'turn', milliseconds };
    },
  };
}
