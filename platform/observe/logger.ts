import { pino } from 'pino';
import { sanitiseFields, type LogFields } from './log-fields.ts';
import { makeSafeText } from './safe-text.ts';

export type { LogFields } from './log-fields.ts';
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Object first, constant lower-case message second. Fields are made safe: whatever they hold cannot forge a line. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger that adds these fields to each line. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Who speaks: `worker`, `webhook`, `sandbox`, … */
  readonly component: string;
  /** Where lines go; stderr by default (stdout belongs to the commands' results). */
  readonly destination?: { write(line: string): void };
}

/** JSON lines with `level`, `time` (RFC 3339), `component`, the fields and `message`. Synchronous: no line is lost at exit. */
export function createLogger({ level, component, destination }: LoggerOptions): Logger {
  const engine = pino(
    {
      level,
      base: { component },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
  return wrap(engine, {});
}

type Engine = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>;

function wrap(engine: Engine, bound: LogFields): Logger {
  const write = (
    level: 'debug' | 'info' | 'warn' | 'error',
    fields: LogFields,
    message: string,
  ) => {
    if (!engine.isLevelEnabled(level)) return;
    // Bound and own fields are merged before writing: pino would write a repeated key twice, and readers differ on which wins.
    engine[level](sanitiseFields({ ...bound, ...fields }), makeSafeText(message));
  };
  return {
    debug: (fields, message) => {
      write('debug', fields, message);
    },
    info: (fields, message) => {
      write('info', fields, message);
    },
    warn: (fields, message) => {
      write('warn', fields, message);
    },
    error: (fields, message) => {
      write('error', fields, message);
    },
    child: (fields) => wrap(engine, { ...bound, ...fields }),
  };
}
