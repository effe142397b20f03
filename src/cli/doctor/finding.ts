/** `ok`: as it should be. `note`: good to know. `warning`: will hurt some day. `problem`: why the stream doesn't work. */
export type Verdict = 'ok' | 'note' | 'warning' | 'problem' | 'skipped';

/** What one check found. */
export interface Finding {
  /** What was looked at, such as `dns` or `buffering`. */
  readonly check: string;
  readonly verdict: Verdict;
  /** What was seen, in a sentence or two. */
  readonly says: string;
  /** What to change: the directive, the header. */
  readonly cure?: string;
  /** The values that it was judged by. */
  readonly facts: Readonly<Record<string, unknown>>;
}
