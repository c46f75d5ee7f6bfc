/** Duplicate detection by MessageId inside a window, as `--duplicate-detection true` gives a real queue. */
export function createDuplicateDetector(windowMs: number): {
  isDuplicate(messageId: string | number | Buffer | undefined): boolean;
} {
  const seen = new Map<string, number>();
  return {
    isDuplicate: (messageId) => {
      if (messageId === undefined || windowMs <= 0) return false;
      const now = Date.now();
      // Insertion order is age order, so the oldest are first.
      for (const [id, at] of seen) {
        if (now - at < windowMs) break;
        seen.delete(id);
      }
      const id = String(messageId);
      if (seen.has(id)) return true;
      seen.set(id, now);
      return false;
    },
  };
}
