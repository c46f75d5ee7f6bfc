import type { MessageHandler } from '../platform/bus/hint-source.ts';
import type { Logger } from '../platform/observe/logger.ts';
import type { Metrics } from '../platform/observe/metrics.ts';
import { EVENT_CODES } from './hint.ts';
import type { Hint } from './hint.ts';
import { parseEvents } from './parse-events.ts';

/**
 * The intake: parses a message and hands its hints over. The message is completed once `accept` has settled (DESIGN section 6),
 * given back when it failed, and dead-lettered when nobody could ever read it.
 */
export function createMessageHandler(dependencies: {
  readonly accept: (hints: readonly Hint[]) => Promise<void>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): MessageHandler {
  const { accept, logger, metrics } = dependencies;
  const events = metrics.counter({
    name: 'keyward_events_received_total',
    help: 'Events read from messages, by what became of them',
    labels: { result: ['hint', 'ignored'] },
  });
  const rejected = metrics.counter({
    name: 'keyward_events_malformed_total',
    help: 'Messages put aside because they are no events of a key vault, by reason code',
    labels: { code: EVENT_CODES },
  });
  return async (message) => {
    const parsed = await parseEvents(message.body);
    if (!parsed.ok) {
      rejected.increment({ code: parsed.code });
      logger.warn(
        { messageId: message.id, code: parsed.code, detail: parsed.detail },
        'malformed event message',
      );
      return { deadLetter: { reason: parsed.code, description: parsed.detail } };
    }
    events.increment({ result: 'hint' }, parsed.hints.length);
    events.increment({ result: 'ignored' }, parsed.ignored.length);
    for (const { type } of parsed.ignored) {
      logger.debug({ messageId: message.id, type }, 'event type is not of interest');
    }
    if (parsed.hints.length === 0) return 'complete';
    try {
      await accept(parsed.hints);
      return 'complete';
    } catch (error) {
      logger.warn(
        { messageId: message.id, deliveryCount: message.deliveryCount, error },
        'hints could not be handed over',
      );
      return 'abandon';
    }
  };
}
