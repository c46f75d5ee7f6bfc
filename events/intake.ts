import type { Logger } from '../platform/observe/logger.ts';
import type { Metrics } from '../platform/observe/metrics.ts';
import { EVENT_CODES } from './hint.ts';
import type { Hint, Malformed } from './hint.ts';
import { parseEvents } from './parse-events.ts';

export const EVENT_SOURCES = ['bus', 'https'] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];

/** Resolves once the hints cannot be lost any more: they are in a queue that lasts, or were acted on (DESIGN section 6). */
export type AcceptHints = (hints: readonly Hint[]) => Promise<void>;

export type IntakeResult =
  /** Nothing is left to do for the sender. */
  | { readonly kind: 'taken' }
  /** Nobody could ever read it. */
  | { readonly kind: 'malformed'; readonly problem: Malformed }
  /** It is to come again. */
  | { readonly kind: 'failed'; readonly error: unknown };

export type Intake = (body: unknown, about: IntakeContext) => Promise<IntakeResult>;

export interface IntakeContext {
  readonly accept: AcceptHints;
  /** What the log says of where it came from. Nothing that a sender chose freely: ids and counts. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What is done with a body of events, however it came: parsed, counted, handed over. */
export function createIntake(dependencies: {
  readonly source: EventSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Intake {
  const { source, logger, metrics } = dependencies;
  const events = metrics.counter({
    name: 'keyward_events_received_total',
    help: 'Events read, by where they came in and what became of them',
    labels: { source: EVENT_SOURCES, result: ['hint', 'ignored'] },
  });
  const rejected = metrics.counter({
    name: 'keyward_events_malformed_total',
    help: 'Bodies put aside because they are no events of a key vault, by where they came in and reason code',
    labels: { source: EVENT_SOURCES, code: EVENT_CODES },
  });
  return async (body, { accept, fields }) => {
    const parsed = await parseEvents(body);
    if (!parsed.ok) {
      rejected.increment({ source, code: parsed.code });
      const line = { source, ...fields, code: parsed.code, detail: parsed.detail };
      logger.warn(line, 'malformed event message');
      return { kind: 'malformed', problem: parsed };
    }
    events.increment({ source, result: 'hint' }, parsed.hints.length);
    events.increment({ source, result: 'ignored' }, parsed.ignored.length);
    for (const { type } of parsed.ignored)
      logger.debug({ source, ...fields, type }, 'event type is not of interest');
    if (parsed.hints.length === 0) return { kind: 'taken' };
    try {
      await accept(parsed.hints);
      return { kind: 'taken' };
    } catch (error) {
      logger.warn({ source, ...fields, error }, 'hints could not be handed over');
      return { kind: 'failed', error };
    }
  };
}
