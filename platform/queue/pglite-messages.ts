/** Between the thread of the database and the thread that uses it. */
export type ThreadRequest =
  | { readonly kind: 'query'; readonly text: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'listen' | 'unlisten'; readonly channel: string };

export interface ThreadResult {
  readonly rows: readonly unknown[];
  readonly rowCount: number;
}

export type ThreadAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly result: ThreadResult }
  | {
      readonly kind: 'error';
      readonly id: number;
      readonly message: string;
      readonly code?: string;
    }
  | { readonly kind: 'notification'; readonly channel: string; readonly payload: string };
