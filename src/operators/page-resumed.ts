import { check, checkEach } from '#check';
import { asyncScheduler, Observable, type SchedulerLike, type Unsubscribable } from 'rxjs';
import { MILLISECONDS, OBJECT, SCHEDULER } from '../kind.js';
import { MIN_SLEEP, type Moment, monotonic, sleptFor } from '../clock.js';

/** How often it looks whether the machine slept, in milliseconds: so soon it is noticed. */
const TICK = 2000;

/** Signals that come within so many milliseconds are one return of the page. */
const ONE_RETURN = 1000;

/** The options of `pageResumed`. */
export interface PageResumedOptions {
  /**
   * How long a page must have been hidden, or the machine asleep, in milliseconds.
   * @default 30_000
   */
  readonly hiddenFor?: number | undefined;
  /**
   * What the timer that notices a sleep runs on. In virtual time, that timer repeats for as long as you are subscribed.
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Emits when the page comes back after it was away. Pass it to the option `renew`: a connection that died meanwhile often looks open, and no error ever
 * comes. A new one continues from the position, so nothing is lost.
 *
 * Pass `connectTimeout` with it: the first request after waking can hang on a pooled socket that is dead as well.
 *
 * It emits if the page is shown again after it was hidden for `hiddenFor` or longer, if it returns from the back/forward cache (`pageshow`), if it goes on
 * after it was frozen (`resume`), and if the machine slept for `hiddenFor` or longer. The browser reports one return in several of these ways; they are
 * one emission.
 *
 * A timer notices a sleep of 5 s or longer within 2 s. It also does in a tab that stays hidden, because its stream must go on. There the timer fires once a
 * minute, so it can take a minute, and some browsers don't show it a sleep of less than 2 min. Such a tab emits again when it is shown, if that is
 * `hiddenFor` or more later. A clock that is set forward by so much, and an event loop that is blocked for so long, look like a sleep.
 *
 * In a worker and in Node there is no page, and it emits only after a sleep. It never completes and has no errors. Nothing is touched until you subscribe, and
 * unsubscribing removes its listeners and its timer.
 *
 * @param options `hiddenFor` (30 000 ms), `scheduler` (`asyncScheduler`)
 *
 * @example
 * ```ts
 * const prices$ = fromEventSource('/prices', { renew: pageResumed(), connectTimeout: 10_000 });
 * ```
 */
export function pageResumed(options: PageResumedOptions = {}): Observable<void> {
  check('options', options, OBJECT);
  checkEach({ hiddenFor: MILLISECONDS, scheduler: SCHEDULER }, options);
  const { hiddenFor = 30_000, scheduler = asyncScheduler } = options;

  return new Observable(subscriber => {
    const clock = monotonic(scheduler);
    const now = (): Moment => ({ steady: clock(), wall: scheduler.now() });
    const page = typeof document === 'undefined' ? undefined : document;
    const isHidden = () => page?.visibilityState === 'hidden';
    /** When it looked last. The page has been hidden since then, or it has not been. */
    let lookedAt = now();
    /** Since when it is hidden, or emitted while it was. */
    let hiddenAt = isHidden() ? lookedAt : undefined;
    let emittedAt: Moment | undefined;

    const resume = (at: Moment) => {
      lookedAt = at;
      if (hiddenAt) hiddenAt = at;
      if (emittedAt && between(emittedAt, at) < ONE_RETURN) return;
      emittedAt = at;
      subscriber.next();
    };
    const look = (): Moment => {
      const at = now();
      const slept = sleptFor(lookedAt, at, TICK, hiddenAt ? undefined : 0);
      lookedAt = at;
      if (slept >= Math.max(hiddenFor, MIN_SLEEP)) resume(at);
      return at;
    };

    const listen = (target: EventTarget, type: string, listener: (event: Event) => void) => {
      target.addEventListener(type, listener);
      subscriber.add(() => target.removeEventListener(type, listener));
    };
    if (page) {
      listen(page, 'visibilitychange', () => {
        const at = look();
        const since = hiddenAt;
        hiddenAt = isHidden() ? (since ?? at) : undefined;
        if (since && !hiddenAt && between(since, at) >= hiddenFor) resume(at);
      });
      listen(page, 'resume', () => resume(now()));
      listen(globalThis, 'pageshow', event => {
        if ((event as PageTransitionEvent).persisted) resume(now());
      });
    }
    let timer: Unsubscribable | undefined;
    const wait = () => {
      timer = scheduler.schedule(() => {
        look();
        if (!subscriber.closed) wait();
      }, TICK);
    };
    subscriber.add(() => timer?.unsubscribe());
    wait();
  });
}

/** The time between two moments, a sleep included, in which a steady clock may have stood still. */
const between = (from: Moment, to: Moment) => Math.max(to.steady - from.steady, to.wall - from.wall);
