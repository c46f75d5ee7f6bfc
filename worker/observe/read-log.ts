import type { KeySource } from './provider-source.ts';
import type { KeyReading } from './vault-reading.ts';

/** What this process has read of each key last. A new leader starts with nothing: it reads everything first. */
export interface ReadLog {
  record(reading: KeyReading, at: number): void;
  /** When all of the keys were last read without a problem, in milliseconds since the epoch; undefined: not all of them were. */
  fullReadAt(sources: readonly KeySource[]): number | undefined;
  /** Forgets keys that nobody follows any more. `places`: those of `placeOf` that stay. */
  keepOnly(places: ReadonlyMap<string, unknown>): void;
}

export function createReadLog(): ReadLog {
  const fullReads = new Map<string, number>();
  return {
    record: (reading, at) => {
      if (reading.kind === 'read' && reading.problems.length === 0)
        fullReads.set(placeOf(reading.source), at);
    },
    fullReadAt: (sources) => {
      const times = sources.map((source) => fullReads.get(placeOf(source)));
      if (times.length === 0 || !times.every((time) => time !== undefined)) return undefined;
      return Math.min(...times);
    },
    keepOnly: (places) => {
      for (const place of fullReads.keys()) if (!places.has(place)) fullReads.delete(place);
    },
  };
}

/** A key, whichever of its versions are meant. */
export function placeOf({ vaultUri, name }: KeySource): string {
  return `${vaultUri} ${name}`;
}
