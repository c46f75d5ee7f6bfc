import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  ConfigProblem,
  listVariable,
  loadConfig,
  portVariable,
} from '../../../../platform/lifecycle/load-config.ts';
import { WEBHOOK_CONFIG } from '../../../../webhook/config.ts';

const SHAPE = {
  KEYWARD_NAME: z.string().default('prod'),
  KEYWARD_NEEDED: z.string(),
  KEYWARD_PORT: portVariable.default(8443),
  KEYWARD_WORD: z.enum(['deny', 'warn']).default('warn'),
  KEYWARD_LIST: listVariable.default([]),
};
const NEEDED = { KEYWARD_NEEDED: 'x' };

function problemOf(environment: Record<string, string | undefined>, shape = SHAPE): string {
  try {
    loadConfig(shape, environment);
  } catch (error) {
    if (error instanceof ConfigProblem) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a configuration', () => {
  it('has the defaults of its schema', () => {
    expect(loadConfig(SHAPE, NEEDED)).toEqual({
      KEYWARD_NAME: 'prod',
      KEYWARD_NEEDED: 'x',
      KEYWARD_PORT: 8443,
      KEYWARD_WORD: 'warn',
      KEYWARD_LIST: [],
    });
  });

  it('takes what the environment says, and nothing that it has no name for', () => {
    const environment = { ...NEEDED, KEYWARD_PORT: '0', KEYWARD_OTHER: 'x', PATH: '/bin' };
    const config = loadConfig(SHAPE, environment);
    expect(config.KEYWARD_PORT).toBe(0);
    expect(Object.keys(config)).toEqual(Object.keys(SHAPE));
  });

  it('takes an empty variable as if it were not there', () => {
    expect(loadConfig(SHAPE, { ...NEEDED, KEYWARD_NAME: '', KEYWARD_PORT: '' })).toMatchObject({
      KEYWARD_NAME: 'prod',
      KEYWARD_PORT: 8443,
    });
    expect(problemOf({ KEYWARD_NEEDED: '' })).toContain('KEYWARD_NEEDED');
  });

  it.each([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a , b ,', ['a', 'b']],
    [',', []],
  ])('has lists with commas between: %j', (text, list) => {
    expect(loadConfig(SHAPE, { ...NEEDED, KEYWARD_LIST: text }).KEYWARD_LIST).toEqual(list);
  });
});

describe('a configuration that cannot be used', () => {
  it('names every problem in one message, and where to read on', () => {
    const lines = problemOf({ KEYWARD_PORT: '70000', KEYWARD_WORD: 'off' }).split('\n');
    expect(lines).toEqual([
      'the configuration cannot be used:',
      expect.stringMatching(/^ {2}KEYWARD_NEEDED: ./u),
      expect.stringMatching(/^ {2}KEYWARD_PORT: ./u),
      expect.stringMatching(/^ {2}KEYWARD_WORD: ./u),
      expect.stringContaining('docs/configuration.md'),
    ]);
  });

  it('repeats no value: some are secrets', () => {
    const environment = {
      KEYWARD_PORT: 'hunter2-port',
      KEYWARD_WORD: 'hunter2-word',
      KEYWARD_LIST: 'hunter2',
    };
    expect(problemOf(environment)).not.toContain('hunter2');
  });

  it.each(['-1', '65536', '80.5', 'http', '8443;', 'NaN', 'Infinity'])('has no port %s', (port) => {
    expect(problemOf({ ...NEEDED, KEYWARD_PORT: port })).toContain('KEYWARD_PORT');
  });
});

describe("the webhook's own configuration", () => {
  it('stands without a single variable, and warns rather than denies', () => {
    expect(loadConfig(WEBHOOK_CONFIG, {})).toMatchObject({
      KEYWARD_NAMESPACE: 'keyward-system',
      KEYWARD_LISTEN_PORT: 8443,
      KEYWARD_DEFAULT_ENFORCEMENT: 'warn',
      KEYWARD_RATIFY_ROLE: 'beside',
      KEYWARD_DELEGATED_NAMESPACES: [],
      KEYWARD_REGISTRY_PLAIN_HTTP: [],
    });
  });

  it.each([
    ['KEYWARD_DEFAULT_ENFORCEMENT', 'Deny'],
    ['KEYWARD_DEFAULT_ENFORCEMENT', 'audit'],
    ['KEYWARD_RATIFY_ROLE', 'instead'],
    ['KEYWARD_EVIDENCE_CACHE_MIB', '0'],
    ['KEYWARD_DRAIN_SECONDS', '-1'],
    ['KEYWARD_LOG_LEVEL', 'trace'],
  ])('does not guess at %s=%s', (name, value) => {
    expect(() => loadConfig(WEBHOOK_CONFIG, { [name]: value })).toThrow(name);
  });

  it('describes every variable, and has none for a vault, a bus or a queue', () => {
    for (const [name, schema] of Object.entries(WEBHOOK_CONFIG)) {
      expect([name, schema.description]).toEqual([name, expect.stringMatching(/./u)]);
      expect(name).not.toMatch(/VAULT|BUS|QUEUE|REDIS/u);
    }
  });
});
