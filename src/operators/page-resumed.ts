import { check, checkEach } from '#check';
import { asyncScheduler, Observable, type SchedulerLike, type Unsubscribable } from 'rxjs';
import { MILLISECONDS, OBJECT, SCHEDULER } from '../kind.js';
import { MIN_SLEEP, type Moment, monotonic, sleptFor } from '../clock.js';

/** How often it checks for sleep, in milliseconds. */
const TICK = 2000;

/** Signals within this many milliseconds count as one return of the page. */
const ONE_RETURN = 1000;

/** The options of `pageResumed`. */
export interface PageResumedOptions {
  /**
   * The shortest time that the page was hidden, or the machine asleep, in milliseconds.
   * @default 30_000
   */
  readonly hiddenFor?: number | undefined;
  /**
   * The scheduler of the timer that detects sleep. In virtual time, the timer repeats as long as you are subscribed.
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Emits when the page comes back. Pass it to the option `renew`: a connection that broke meanwhile often still looks
 * open, and never errors. The new connection continues from the position, so nothing is lost.
 *
 * Also set `connectTimeout`: the first request after sleep can hang on a pooled socket that is broken too.
 *
 * Emits in these cases:
 *
 * - The page is shown after it was hidden for `hiddenFor` or longer.
 * - The page returns from the back/forward cache (`pageshow`).
 * - The page continues after it was frozen (`resume`).
 * - The machine slept for `hiddenFor` or longer.
 *
 * If the browser reports one return in several ways, it emits once.
 *
 * A timer detects a sleep of 5 s or longer, within 2 s. This also works in a hidden tab, whose stream must continue.
 * There, timers fire once a minute, so it can take a minute, and in some browsers a sleep under 2 min goes unnoticed.
 * Such a tab emits again when it's shown `hiddenFor` or more later. A clock that is set forward or a blocked event loop
 * can look like sleep.
 *
 * Workers and Node have no page, so it only emits after sleep. Never completes and never errors. Has no effect until
 * you subscribe. Unsubscribing removes its listeners and its timer.
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
    /** The last check. Visibility hasn't changed since then. */
    let lookedAt = now();
    /** When the page was hidden, or last emitted while hidden. */
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

/** Returns the time between two moments, including sleep, during which the monotonic clock may have stopped. */
const between = (from: Moment, to: Moment) => Math.max(to.steady - from.steady, to.wall - from.wall);
