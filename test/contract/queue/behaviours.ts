import { afterEach, describe, expect, it } from '@jest/globals';
import { isServiceError } from '../../../platform/observe/service-error.ts';
import type { JobQueue } from '../../../platform/queue/job-queue.ts';
import { createRecorder, untilTrue, type Recorder, type Subject } from './subject.ts';

const forever = new AbortController().signal;

/** What every job queue promises, whatever is behind it. */
export function describeQueue(subject: Subject): void {
  const queues: JobQueue[] = [];
  afterEach(async () => {
    await Promise.all(queues.splice(0).map((queue) => queue.stop(0)));
  });

  const start = async (recorder: Recorder): Promise<JobQueue> => {
    const queue = subject.create();
    queues.push(queue);
    await queue.start(recorder.process);
    await untilTrue(() => queue.healthy());
    return queue;
  };

  describe('running', () => {
    it('runs a key with its cause', async () => {
      const recorder = createRecorder({ pass: true });
      const queue = await start(recorder);
      await queue.enqueue('team/prod', 'hint');
      const run = await recorder.at(0);
      expect([run.key, run.cause]).toEqual(['team/prod', 'hint']);
    });

    it('makes one more run of a key that is asked for many times while it runs', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      await queue.enqueue('a', 'first');
      const first = await recorder.at(0);
      for (let index = 0; index < 20; index += 1) await queue.enqueue('a', 'again');
      expect(recorder.runs.length).toBe(1);
      first.end();
      const second = await recorder.at(1);
      second.end();
      await queue.enqueue('b', 'last');
      const last = await recorder.at(2);
      expect(recorder.runs.map(({ key }) => key)).toEqual(['a', 'a', 'b']);
      last.end();
    });

    it('runs different keys side by side, and a key never beside itself', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      for (const key of ['a', 'b', 'c']) await queue.enqueue(key, 'test');
      await untilTrue(() => recorder.active().length === 3);
      for (const key of ['a', 'b', 'a', 'b']) await queue.enqueue(key, 'test');
      expect(recorder.runs.map(({ key }) => key).toSorted()).toEqual(['a', 'b', 'c']);
      for (const run of recorder.active()) run.end();
      await untilTrue(() => recorder.runs.length === 5);
      expect(
        recorder
          .active()
          .map(({ key }) => key)
          .toSorted(),
      ).toEqual(['a', 'b']);
      for (const run of recorder.active()) run.end();
    });

    it('goes on after a run that failed, also with the same key', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      await queue.enqueue('a', 'one');
      (await recorder.at(0)).fail('no');
      await untilTrue(() => recorder.active().length === 0);
      await queue.enqueue('a', 'two');
      const second = await recorder.at(1);
      expect(second.cause).toBe('two');
      second.end();
    });

    it('does not try a failed run again', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      await queue.enqueue('a', 'one');
      (await recorder.at(0)).fail('no');
      const other = queue.enqueueAndWait('b', 'other', forever);
      (await recorder.at(1)).end();
      await other;
      expect(recorder.runs.map(({ key }) => key)).toEqual(['a', 'b']);
    });
  });

  describe('waiting', () => {
    it('resolves when the run has ended, not before', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      let done = false;
      const waiting = queue.enqueueAndWait('a', 'test', forever).then(() => {
        done = true;
      });
      const run = await recorder.at(0);
      expect(done).toBe(false);
      run.end();
      await waiting;
    });

    it('waits for a run that started after the call, not for the one under way', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      const ofFirst = queue.enqueueAndWait('a', 'first', forever);
      const first = await recorder.at(0);
      let done = false;
      const waiting = queue.enqueueAndWait('a', 'second', forever).then(() => {
        done = true;
      });
      // The queue has taken the second one in once a later call of its own has been answered.
      await queue.enqueue('b', 'other');
      (await recorder.at(1)).end();
      first.end();
      await ofFirst;
      const second = await recorder.at(2);
      expect([second.key, done]).toEqual(['a', false]);
      second.end();
      await waiting;
    });

    it('settles everybody who waits for the same run', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      await queue.enqueue('a', 'first');
      const first = await recorder.at(0);
      const waiting = [1, 2, 3].map(() => queue.enqueueAndWait('a', 'second', forever));
      await queue.enqueue('b', 'other');
      (await recorder.at(1)).end();
      first.end();
      (await recorder.at(2)).end();
      await Promise.all(waiting);
      expect(recorder.runs.length).toBe(3);
    });

    it('rejects when the run failed', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      const waiting = queue.enqueueAndWait('a', 'test', forever);
      waiting.catch(() => undefined);
      (await recorder.at(0)).fail('the API server is away');
      await expect(waiting).rejects.toThrow('the API server is away');
    });

    it('gives up with the signal', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      const controller = new AbortController();
      const waiting = queue.enqueueAndWait('a', 'test', controller.signal);
      waiting.catch(() => undefined);
      const run = await recorder.at(0);
      controller.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
      run.end();
    });
  });

  describe('stopping', () => {
    it('lets the run under way end in its time, and starts no other', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      await queue.enqueue('a', 'first');
      const run = await recorder.at(0);
      await queue.enqueue('a', 'second');
      const stopping = queue.stop(10_000);
      expect(run.signal.aborted).toBe(false);
      run.end();
      await stopping;
      expect(recorder.runs.length).toBe(1);
      expect(run.signal.aborted).toBe(false);
    });

    it('aborts a run that outlasts the deadline', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      await queue.enqueue('a', 'test');
      const run = await recorder.at(0);
      await queue.stop(50);
      expect(run.signal.aborted).toBe(true);
    });

    it('returns although a run heeds no signal', async () => {
      const queue = subject.create();
      let started = false;
      await queue.start(() => {
        started = true;
        return new Promise(() => undefined);
      });
      await untilTrue(() => queue.healthy());
      await queue.enqueue('a', 'test');
      await untilTrue(() => started);
      const began = performance.now();
      await queue.stop(50);
      expect(performance.now() - began).toBeLessThan(5000);
    });

    it('rejects those who wait for a run that never comes, and whoever comes later', async () => {
      const recorder = createRecorder();
      const queue = await start(recorder);
      await queue.enqueue('a', 'first');
      const run = await recorder.at(0);
      const waiting = queue.enqueueAndWait('a', 'second', forever);
      waiting.catch(() => undefined);
      await queue.enqueue('a', 'third');
      const stopping = queue.stop(5000);
      run.end();
      await stopping;
      const isStopped = (error: unknown) => isServiceError(error, 'QUEUE_STOPPED');
      expect(isStopped(await waiting.catch((error: unknown) => error))).toBe(true);
      for (const later of [
        queue.enqueue('a', 'late'),
        queue.enqueueAndWait('a', 'late', forever),
      ]) {
        expect(isStopped(await later.catch((error: unknown) => error))).toBe(true);
      }
      expect(queue.healthy()).toBe(false);
    });

    it('may be stopped before it ever started, and while it starts', async () => {
      await subject.create().stop(0);
      const queue = subject.create();
      const starting = queue.start(createRecorder().process).catch(() => undefined);
      await queue.stop(0);
      await starting;
      expect(queue.healthy()).toBe(false);
    });
  });

  it('is not healthy before it has started', () => {
    expect(subject.create().healthy()).toBe(false);
  });
}
