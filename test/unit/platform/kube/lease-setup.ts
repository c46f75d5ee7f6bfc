import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createLogger } from '../../../../platform/observe/logger.ts';
import { createLeaseElector } from '../../../../platform/kube/lease-elector.ts';
import { createLeaseServer, type Journey } from './lease-server.ts';
import { settle } from './scripted-kube.ts';

const logger = createLogger({ level: 'silent', component: 'test' });

export interface Competitor {
  readonly elector: ReturnType<typeof createLeaseElector>;
  /** Whether `lead` runs with a signal that is not aborted. */
  isActive(): boolean;
  /** How often it has begun to lead. */
  readonly terms: () => number;
  stop(): void;
  readonly ended: Promise<void>;
  /** Keeps `lead` running after its signal was aborted, until released. */
  hold(): () => void;
  fail(error: Error): void;
}

/** A cluster with one lease of 15 seconds, and processes that compete for it. */
export function createContest() {
  const clock = createFakeClock();
  const server = createLeaseServer(clock);

  const enter = (identity: string, journey?: (call: string) => Journey): Competitor => {
    const stop = new AbortController();
    let active = false;
    let terms = 0;
    let held: Promise<void> | undefined;
    let failing = (_error: Error): void => undefined;
    const elector = createLeaseElector({
      kube: server.connect(identity, journey),
      namespace: 'system',
      name: 'keyward',
      identity,
      clock,
      logger,
    });
    const ended = elector.run(stop.signal, async (signal) => {
      active = true;
      terms += 1;
      await new Promise<void>((resolve, reject) => {
        failing = reject;
        signal.addEventListener(
          'abort',
          () => {
            active = false;
            resolve();
          },
          { once: true },
        );
      });
      await held;
    });
    ended.catch(() => undefined);
    return {
      elector,
      ended,
      isActive: () => active,
      terms: () => terms,
      stop: () => {
        stop.abort(new Error('shutdown'));
      },
      hold: () => {
        const gate = Promise.withResolvers<undefined>();
        held = gate.promise.then(() => undefined);
        return () => {
          gate.resolve(undefined);
        };
      },
      fail: (error) => {
        active = false;
        failing(error);
      },
    };
  };
  /** Moves time on in small steps, so that everything between them gets its turn. */
  const pass = async (milliseconds: number, check = (): void => undefined) => {
    await settle();
    for (let left = milliseconds; left > 0; left -= 250) {
      clock.advance(Math.min(left, 250));
      await settle();
      check();
    }
  };
  return { clock, server, enter, pass };
}
