/** What the stand-in was asked: read by tests and by the sandbox page. The newest 10,000 are kept. */

export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly verb: string;
  readonly user: string;
  readonly userAgent: string;
  code: number;
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

const KEPT = 10_000;

export interface RequestLog {
  add(record: RequestRecord): void;
  list(): readonly RequestRecord[];
}

export function createRequestLog(): RequestLog {
  let records: RequestRecord[] = [];
  return {
    add(record) {
      records.push(record);
      if (records.length > KEPT * 2) records = records.slice(-KEPT);
    },
    list: () => records.slice(-KEPT),
  };
}
