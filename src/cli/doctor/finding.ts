/**
 * - `ok`: fine.
 * - `note`: good to know.
 * - `warning`: may cause problems later.
 * - `problem`: the stream doesn't work because of this.
 * - `skipped`: not checked.
 */
export type Verdict = 'ok' | 'note' | 'warning' | 'problem' | 'skipped';

/** The result of one check. */
export interface Finding {
  /** The name of the check, such as `dns` or `buffering`. */
  readonly check: string;
  readonly verdict: Verdict;
  /** The result in a sentence or two. */
  readonly says: string;
  /** The directive or the header to change. */
  readonly cure?: string;
  /** The values behind the result. */
  readonly facts: Readonly<Record<string, unknown>>;
}
