import { describe, expect, it } from '@jest/globals';
import { createMetrics, type Metrics } from '../../../../platform/observe/metrics.ts';

const text = (metrics: Metrics) => metrics.registry.metrics();
/** Series of a metric as `label=value` lists with their values. */
async function series(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const lines = (await text(metrics)).split('\n').filter((line) => line.startsWith(name));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(name.length, at), Number(line.slice(at + 1))] as const;
    }),
  );
}

describe('a metric', () => {
  it.each([
    'requests_total',
    'keyward_total',
    'keyward_Bus_total',
    'keyward_bus__x',
    'keyward_bus_x ',
  ])('is not defined by the name %j', (name) => {
    expect(() => createMetrics().gauge({ name, help: 'x' })).toThrow('metric name');
  });

  it('that counts is named _total', () => {
    expect(() => createMetrics().counter({ name: 'keyward_bus_messages', help: 'x' })).toThrow(
      'must end in _total',
    );
  });

  it('is shared by two who define it alike', async () => {
    const metrics = createMetrics();
    const definition = {
      name: 'keyward_bus_errors_total',
      help: 'x',
      labels: { code: ['A', 'B'] },
    };
    metrics.counter(definition).increment({ code: 'A' });
    metrics.counter(definition).increment({ code: 'A' });
    expect(await series(metrics, 'keyward_bus_errors_total')).toEqual({
      '{code="A"}': 2,
      '{code="B"}': 0,
    });
  });

  it('is not shared by two who define it differently', () => {
    const metrics = createMetrics();
    const name = 'keyward_bus_errors_total';
    metrics.counter({ name, help: 'x', labels: { code: ['A'] } });
    expect(() => metrics.counter({ name, help: 'x', labels: { code: ['B'] } })).toThrow('twice');
    expect(() => metrics.counter({ name, help: 'x' })).toThrow('twice');
    expect(() => metrics.gauge({ name, help: 'x', labels: { code: ['A'] } })).toThrow('twice');
  });

  it('of one registry is nothing to another', async () => {
    const first = createMetrics();
    first.counter({ name: 'keyward_bus_x_total', help: 'x' }).increment({});
    expect(await text(createMetrics())).not.toContain('keyward_bus_x_total');
  });
});

describe('a label value', () => {
  it('outside its set is counted as other: nobody grows a metric by what they send', async () => {
    const metrics = createMetrics();
    const counter = metrics.counter({
      name: 'keyward_events_x_total',
      help: 'x',
      labels: { result: ['hint', 'ignored'] },
    });
    for (let at = 0; at < 1000; at += 1) counter.increment({ result: `evil${at}` as 'hint' });
    counter.increment({} as { result: 'hint' });
    counter.increment({ result: 'hint', more: 'x' } as { result: 'hint' }, 5);
    expect(await series(metrics, 'keyward_events_x_total')).toEqual({
      '{result="hint"}': 5,
      '{result="ignored"}': 0,
      '{result="other"}': 1001,
    });
  });

  it('of an open set is kept up to a limit', async () => {
    const metrics = createMetrics();
    const gauge = metrics.gauge({ name: 'keyward_x_age', help: 'x', labels: { vault: 'open' } });
    for (let at = 0; at < 2100; at += 1) gauge.set({ vault: `v${at}` }, at);
    const found = await series(metrics, 'keyward_x_age');
    expect(Object.keys(found)).toHaveLength(2001);
    expect(found['{vault="other"}']).toBe(2099);
  });

  it('of an open set makes room when its series is removed', async () => {
    const metrics = createMetrics();
    const gauge = metrics.gauge({ name: 'keyward_x_age', help: 'x', labels: { vault: 'open' } });
    for (let at = 0; at < 5000; at += 1) {
      gauge.set({ vault: `v${at}` }, at);
      gauge.remove({ vault: `v${at}` });
    }
    gauge.set({ vault: 'last' }, 1);
    expect(await series(metrics, 'keyward_x_age')).toEqual({ '{vault="last"}': 1 });
  });

  it('cannot break out of the exposition', async () => {
    const metrics = createMetrics();
    const gauge = metrics.gauge({ name: 'keyward_x_age', help: 'x', labels: { vault: 'open' } });
    gauge.set({ vault: 'a"} 1\nkeyward_forged 9\n#' }, 1);
    expect(await text(metrics)).not.toMatch(/^keyward_forged/mu);
  });
});

describe('the series of a counter', () => {
  it('exist from the start, in every combination', async () => {
    const metrics = createMetrics();
    const labels = { a: ['1', '2'], b: ['x', 'y'] } as const;
    metrics.counter({ name: 'keyward_x_y_total', help: 'x', labels });
    const found = await series(metrics, 'keyward_x_y_total');
    expect(Object.keys(found).toSorted()).toEqual([
      '{a="1",b="x"}',
      '{a="1",b="y"}',
      '{a="2",b="x"}',
      '{a="2",b="y"}',
    ]);
  });

  it('do not when there would be more than a hundred, or nobody knows them all', async () => {
    const metrics = createMetrics();
    const many = Array.from({ length: 11 }, (_, at) => `v${at}`);
    metrics.counter({ name: 'keyward_x_many_total', help: 'x', labels: { a: many, b: many } });
    metrics.counter({ name: 'keyward_x_open_total', help: 'x', labels: { a: ['1'], b: 'open' } });
    expect(await series(metrics, 'keyward_x_many_total')).toEqual({});
    expect(await series(metrics, 'keyward_x_open_total')).toEqual({});
  });
});

describe('a histogram', () => {
  it('reaches from a warm verdict to the admission timeout', async () => {
    const metrics = createMetrics();
    const histogram = metrics.histogram({ name: 'keyward_x_seconds', help: 'x' });
    histogram.observe({}, 0.0004);
    histogram.observe({}, 9);
    expect(await series(metrics, 'keyward_x_seconds')).toMatchObject({
      '_bucket{le="0.0005"}': 1,
      '_bucket{le="5"}': 1,
      '_bucket{le="10"}': 2,
      _count: 2,
    });
  });

  it('takes other buckets, and labels as the rest do', async () => {
    const metrics = createMetrics();
    const definition = { name: 'keyward_x_bytes', help: 'x', buckets: [10], labels: { a: ['1'] } };
    metrics.histogram(definition).observe({ a: 'no' }, 5);
    expect(await series(metrics, 'keyward_x_bytes')).toMatchObject({
      '_bucket{le="10",a="other"}': 1,
      '_bucket{le="+Inf",a="other"}': 1,
    });
  });
});
