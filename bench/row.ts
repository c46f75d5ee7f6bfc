export interface Row {
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly bound: number;
  readonly unit: string;
  readonly ok: boolean;
  /** How many samples stand behind the value. */
  readonly samples: number;
}

/** A figure that must not be larger than its bound. */
export function atMost(row: Omit<Row, 'ok'>): Row {
  return { ...row, ok: row.value <= row.bound };
}

/** A figure that must not be smaller than its bound. */
export function atLeast(row: Omit<Row, 'ok'>): Row {
  return { ...row, ok: row.value >= row.bound };
}

export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.id,
    row.what,
    `${row.value.toFixed(2)} ${row.unit}`,
    `${row.bound} ${row.unit}`,
    String(row.samples),
    row.ok ? 'reached' : 'NOT REACHED',
  ]);
  const all = [['id', 'what', 'value', 'bound', 'n', ''], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
