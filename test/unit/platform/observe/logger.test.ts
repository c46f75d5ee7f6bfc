import { describe, expect, it } from '@jest/globals';
import {
  createLogger,
  type LogLevel,
  type LogFields,
} from '../../../../platform/observe/logger.ts';

function capture(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ level, component: 'test', destination });
  return { logger, lines };
}

/** The one line that these fields give, parsed. */
function write(fields: LogFields, message = 'something happened'): Record<string, unknown> {
  const { logger, lines } = capture();
  logger.info(fields, message);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]*\n$/u);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

describe('a log line', () => {
  it('is JSON with level, time, component, fields and message', () => {
    expect(write({ queue: 'events', count: 3, isLate: false, none: null })).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u) as unknown,
      component: 'test',
      queue: 'events',
      count: 3,
      isLate: false,
      none: null,
      message: 'something happened',
    });
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['silent', []],
  ] as const)('is written at level %s for %j', (level, expected) => {
    const { logger, lines } = capture(level);
    for (const name of ['debug', 'info', 'warn', 'error'] as const) logger[name]({}, 'x');
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
  });

  it('cannot be forged by what it holds', () => {
    const line = write(
      { level: 'error', time: 'never', component: 'other', message: 'fake', 'a\nb': 'c\n{"x":1}' },
      'real\n{"level":"error"}',
    );
    expect(line).toMatchObject({
      level: 'info',
      component: 'test',
      message: 'real {"level":"error"}',
      field_level: 'error',
      field_time: 'never',
      field_component: 'other',
      field_message: 'fake',
      'a b': 'c {"x":1}',
    });
  });

  it.each([
    'token',
    'accessToken',
    'clientSecret',
    'PASSWORD',
    'credentials',
    'Authorization',
    'set-cookie',
    'client_assertion',
    'connectionString',
    'connection_string',
    'SharedAccessKey',
    'privateKeyPem',
    'apiKey',
  ])('redacts a field named %s, at any depth and of any shape', (name) => {
    const value = ['SECRET', { deep: 'SECRET' }];
    const text = JSON.stringify(
      write({ [name]: 'SECRET', list: [{ [name]: value }], [`${name}s`]: value }),
    );
    expect(text).not.toContain('SECRET');
    expect(text.split('[redacted]')).toHaveLength(4);
  });

  it('keeps public keys and counts of tokens', () => {
    const fields = { publicKeyPem: 'MFkw', key: 'azurekms://v/k', keyVersion: 'a1', tokens: 3 };
    expect(write(fields)).toMatchObject(fields);
  });

  it('redacts a secret inside a text', () => {
    const line = write({ url: 'redis://:SECRET@q' }, 'cannot use Bearer SECRETSECRET');
    expect(JSON.stringify(line)).not.toContain('SECRET');
  });

  it('describes errors, dates and bytes', () => {
    const error = Object.assign(new Error('bad SharedAccessKey=SECRET'), { code: 'E1', body: 'B' });
    expect(
      write({ error, at: new Date(0), never: new Date(Number.NaN), raw: Buffer.alloc(9) }),
    ).toMatchObject({
      error: { name: 'Error', code: 'E1', message: 'bad SharedAccessKey=[redacted]' },
      at: '1970-01-01T00:00:00.000Z',
      never: null,
      raw: '[9 bytes]',
    });
  });

  it('writes what JSON cannot', () => {
    const line = write({ big: 12n, call: () => 1, mark: Symbol('s'), missing: undefined });
    expect(line).toMatchObject({ big: '12', call: '[function]', mark: '[symbol]' });
    expect(line).not.toHaveProperty('missing');
  });

  it('is bounded in depth, items and fields, circles included', () => {
    const circle: Record<string, unknown> = { name: 'round' };
    circle['self'] = circle;
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`f${at}`, at]));
    const line = write({ circle, many, list: Array.from({ length: 100 }, () => 'x'.repeat(3000)) });
    expect(JSON.stringify(line['circle'])).toContain('"self":"[nested]"');
    expect(Object.keys(line['many'] as object)).toHaveLength(50);
    expect((line['list'] as string[]).map((item) => item.length)).toEqual(
      Array.from({ length: 50 }, () => 2049),
    );
    expect(Object.keys(write(many)).length).toBeLessThanOrEqual(54);
  });
});

describe('a child logger', () => {
  it('adds its fields to each line, and a nearer field wins once', () => {
    const { logger, lines } = capture();
    const child = logger.child({ subsystem: 'bus', queue: 'a' }).child({ queue: 'b' });
    child.warn({ queue: 'c' }, 'x');
    logger.info({}, 'y');
    expect(lines[0]?.match(/"queue"/gu)).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ subsystem: 'bus', queue: 'c' });
    expect(JSON.parse(lines[1] ?? '')).not.toHaveProperty('subsystem');
  });

  it('redacts what was bound to it', () => {
    const { logger, lines } = capture();
    logger.child({ token: 'SECRET' }).info({}, 'x');
    expect(lines.join('')).not.toContain('SECRET');
  });
});
