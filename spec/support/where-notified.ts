import { NgZone } from '@angular/core';
import { Observable } from 'rxjs';

/** Logs whether each notification arrives inside or outside the zone. Without zone.js, all are outside. */
export function whereNotified<T>(source: Observable<T>, log: string[] = []): Observable<T> {
  const note = (what: string) => log.push(`${what} ${NgZone.isInAngularZone() ? 'inside' : 'outside'}`);
  return new Observable(subscriber =>
    source.subscribe({
      next: value => {
        note((value as { kind?: string }).kind ?? 'event');
        subscriber.next(value);
      },
      error: (error: unknown) => {
        note('error');
        subscriber.error(error);
      },
      complete: () => {
        note('complete');
        subscriber.complete();
      },
    }),
  );
}
