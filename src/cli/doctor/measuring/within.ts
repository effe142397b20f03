import type { Failure } from '../facts.js';

/** How long something may take, and what ends it earlier. */
export interface Bounds {
  /** In milliseconds. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** An error with a code, like Node's own. */
class BoundReached extends Error {
  constructor(
    readonly code: 'TIMEOUT' | 'ABORTED',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Starts something and waits for it. Rejects when the time is over or the signal aborts. Removes its timer and its
 * listener. It doesn't stop what it started: the caller does.
 */
export function within<T>(
  { limit, signal }: Bounds,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => end(() => reject(new BoundReached('ABORTED', 'It was aborted.')));
    const timer = setTimeout(
      () => end(() => reject(new BoundReached('TIMEOUT', `There was no response within ${Math.round(limit)} ms.`))),
      limit,
    );
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      settle();
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort);
    const fail = (error: unknown) => end(() => reject(error));
    try {
      start(value => end(() => resolve(value)), fail);
    } catch (error) {
      fail(error);
    }
  });
}

/**
 * Returns the facts of an error. If there are several addresses, there are several errors, and the first one counts.
 */
export function failureOf(error: unknown): Failure {
  const { errors: [first] = [], code, name, message } = error as Partial<AggregateError & { code: unknown }>;
  if (first !== undefined) return failureOf(first);
  return { code: typeof code === 'string' ? code : (name ?? 'UNKNOWN'), message: message ?? String(error) };
}
