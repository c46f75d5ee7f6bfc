import type { Logger, LogFields } from '../../platform/observe/logger.ts';

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly message: string;
}

export interface RecordingLogger extends Logger {
  readonly lines: readonly LoggedLine[];
}

/** A logger that keeps what it is told. */
export function createRecordingLogger(): RecordingLogger {
  const lines: LoggedLine[] = [];
  const make = (bound: LogFields): RecordingLogger => {
    const write = (level: LoggedLine['level']) => (fields: LogFields, message: string) => {
      lines.push({ level, fields: { ...bound, ...fields }, message });
    };
    return {
      lines,
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return make({});
}
