/** What a schema says of one object. `problems` are sentences for the person who wrote it. */
export type ParseResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };
