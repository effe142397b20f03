import { distinctUntilChanged, map, type Observable, takeWhile, timer } from 'rxjs';

/** Counts down to a time in milliseconds since 1970, and ends at 0. */
export const secondsUntil = (time: number): Observable<number> =>
  timer(0, 200).pipe(
    map(() => Math.max(Math.ceil((time - Date.now()) / 1000), 0)),
    distinctUntilChanged(),
    takeWhile(seconds => seconds > 0, true),
  );
