import type { MessageHandler } from '../platform/bus/hint-source.ts';
import type { Logger } from '../platform/observe/logger.ts';
import type { Metrics } from '../platform/observe/metrics.ts';
import { createIntake, type AcceptHints } from './intake.ts';

/**
 * The intake from a bus: a message is completed once its hints were taken, given back when they were not, and dead-lettered when nobody
 * could ever read it.
 */
export function createMessageHandler(dependencies: {
  readonly accept: AcceptHints;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): MessageHandler {
  const { accept } = dependencies;
  const take = createIntake({ ...dependencies, source: 'bus' });
  return async ({ id: messageId, body, deliveryCount }) => {
    const result = await take(body, { accept, fields: { messageId, deliveryCount } });
    switch (result.kind) {
      case 'taken':
        return 'complete';
      case 'failed':
        return 'abandon';
      case 'malformed': {
        const { code, detail } = result.problem;
        return { deadLetter: { reason: code, description: detail } };
      }
    }
  };
}
