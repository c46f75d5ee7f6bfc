/** Places for messages in hand, shared by all connections of a source: one that flaps must not gather more with each new connection. */
export interface Slots {
  /** Waits for a free place, in turn; gives what frees it again, or undefined when the signal was aborted first. */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
}

export function createSlots(count: number): Slots {
  const waiting = new Set<() => void>();
  let free = count;

  const release = (): void => {
    const [next] = waiting;
    // Handed over, not put back: nobody who comes later gets in between.
    if (next === undefined) free += 1;
    else next();
  };
  return {
    take: async (signal) => {
      if (signal.aborted) return undefined;
      if (free > 0) {
        free -= 1;
        return release;
      }
      return await new Promise((resolve) => {
        const leave = () => {
          waiting.delete(enter);
          resolve(undefined);
        };
        const enter = () => {
          waiting.delete(enter);
          signal.removeEventListener('abort', leave);
          resolve(release);
        };
        waiting.add(enter);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
