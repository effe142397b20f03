import { Observable } from 'rxjs';

/**
 * What every stream's end aborts its request with. It is one object, since making an `AbortError` for each costs far more than
 * aborting does.
 */
const UNSUBSCRIBED = /* @__PURE__ */ Object.assign(/* @__PURE__ */ new Error('The stream was unsubscribed from'), {
  name: 'AbortError',
});

/** The Observable of `make`, whose `signal` aborts when it ends in whichever way. */
export function abortable<T>(make: (signal: AbortSignal) => Observable<T>): Observable<T> {
  return new Observable(subscriber => {
    const controller = new AbortController();
    subscriber.add(() => controller.abort(UNSUBSCRIBED));
    make(controller.signal).subscribe(subscriber);
  });
}
