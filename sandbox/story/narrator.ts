export interface Narrator {
  /** A step's first line; what follows is indented below its title. */
  title(number: number, title: string): void;
  /** A command that is run exactly as shown. */
  run(command: string, after?: string): void;
  /** A command of yours that does what was done here through the same API. */
  equivalent(command: string, after?: string): void;
  line(text: string): void;
  /** What belongs to no step: not indented. */
  plain(text: string): void;
  /** All commands shown so far, in order. */
  commands(): readonly ShownCommand[];
}

export interface ShownCommand {
  readonly kind: 'run' | 'equivalent';
  readonly text: string;
}

const INDENT = ' '.repeat(21);

/** Tells the story on `write`, a line at a time: `$` marks what was run, `=` the equivalent of what was run. */
export function createNarrator(write: (line: string) => void): Narrator {
  const shown: ShownCommand[] = [];
  let heading = '';
  /** Nothing is indented before the first step. */
  let indent = '';

  function print(text: string): void {
    const [first = '', ...rest] = text.split('\n');
    write(`${heading.padEnd(indent.length)}${first}`.trimEnd());
    heading = '';
    for (const line of rest) write(`${indent}${line}`.trimEnd());
  }
  function show(kind: ShownCommand['kind'], text: string, after: string | undefined): void {
    shown.push({ kind, text });
    print(`${kind === 'run' ? '$' : '='} ${text}${after === undefined ? '' : `  ${after}`}`);
  }
  return {
    title(number, title) {
      heading = `${number} ${title}`;
      indent = INDENT;
    },
    run: (command, after) => show('run', command, after),
    equivalent: (command, after) => show('equivalent', command, after),
    line: print,
    plain: (text) => {
      indent = '';
      print(text);
    },
    commands: () => shown,
  };
}

/** `85 ms`, `3.2 s`. */
export function formatDuration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
