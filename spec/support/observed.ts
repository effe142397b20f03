import {
  filter,
  firstValueFrom,
  ignoreElements,
  lastValueFrom,
  type Observable,
  ReplaySubject,
  type Subscription,
  take,
  toArray,
} from 'rxjs';

/** A subscription with promises of its values, for past and future ones. */
export interface Observed<T> {
  /** All values so far. */
  readonly values: T[];
  /** The error, once there is one. */
  readonly error: unknown;
  readonly status: 'live' | 'completed' | 'failed';
  readonly subscription: Subscription;
  /** Resolves with the first `count` values, once they have been emitted. */
  first(count: number): Promise<T[]>;
  /** Resolves with the first value that `matches`, past or future. */
  find<S extends T>(matches: (value: T) => value is S): Promise<S>;
  find(matches: (value: T) => boolean): Promise<T>;
  /** Resolves when it has completed or failed. */
  readonly ended: Promise<void>;
  /** Resolves with all values on completion. Rejects with the error. */
  completed(): Promise<T[]>;
  /** Resolves with the error. Rejects on completion. */
  failed(): Promise<unknown>;
}

/** Subscribes at once. */
export function subscribeTo<T>(source: Observable<T>): Observed<T> {
  const all = new ReplaySubject<T>(Infinity);
  const values: T[] = [];
  const state: { status: Observed<T>['status']; error: unknown } = { status: 'live', error: undefined };
  const subscription = source.subscribe({
    next: value => {
      values.push(value);
      all.next(value);
    },
    error: (error: unknown) => {
      Object.assign(state, { status: 'failed', error });
      all.error(error);
    },
    complete: () => {
      state.status = 'completed';
      all.complete();
    },
  });
  return {
    values,
    subscription,
    get status() {
      return state.status;
    },
    get error() {
      return state.error;
    },
    get ended() {
      return lastValueFrom(all.pipe(ignoreElements()), { defaultValue: undefined }).catch(() => undefined);
    },
    first: count => firstValueFrom(all.pipe(take(count), toArray())),
    find: (matches: (value: T) => boolean) => firstValueFrom(all.pipe(filter(matches))) as Promise<never>,
    completed: () => firstValueFrom(all.pipe(toArray())),
    failed: () =>
      firstValueFrom(all.pipe(toArray())).then(
        values => Promise.reject(new Error(`Expected a failure, but it completed with ${values.length} values`)),
        (error: unknown) => error,
      ),
  };
}

/** Narrows to the lifecycle items of a kind, for `find` and `filter`. */
export const ofKind =
  <K extends string>(kind: K) =>
  <T extends { kind: string }>(item: T): item is Extract<T, { kind: K }> =>
    item.kind === kind;
