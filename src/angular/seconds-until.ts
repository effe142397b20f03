import { checkContext, checkObject, checkSignal } from '#angular-checks';
import { computed, effect, inject, Injector, NgZone, type Signal, signal } from '@angular/core';
import { asyncScheduler, identity, Subscription } from 'rxjs';
import { monotonic } from '../clock.js';
import type { ConnectionState } from '../index.js';
import { SSE_DEFAULTS, type SseOptions } from './provide-sse.js';

/** What `secondsUntil` can be given. */
export interface SecondsUntilOptions {
  /**
   * If it is called outside of an injection context: whose end is that of the countdown.
   * @default the injector of the present context
   */
  readonly injector?: Injector | undefined;
}

/**
 * The countdown to the next attempt: whole seconds, rounded up, and `null` while nothing is counted down to. From the moment that the connection waits,
 * it has the seconds of that wait, and no others. If the browser holds back its timer, as in a hidden tab, it is right again with the first that comes.
 *
 * Its timer runs at each full second, outside of Angular's zone, and only while a connection waits: it doesn't block stability, and each second is one
 * change detection. It ends with the injector. A clock that is set does not change it, since it does not change the wait either. What is of a wrong type throws a `TypeError` at the call.
 *
 * Show it outside of a live region (`role="status"`): a screen reader would read out each second.
 *
 * @param connection the signal `connection` of an `eventSourceResource`, or one of the operator `connectionState`
 * @param options an `injector`, outside of an injection context
 *
 * @example
 * ```ts
 * class Ticker {
 *   readonly prices = eventSourceResource(() => '/prices', { initial: '', reduce: (_, { data }) => data });
 *   readonly seconds = secondsUntil(this.prices.connection);
 * }
 * ```
 */
export function secondsUntil(
  connection: Signal<Pick<ConnectionState, 'retryAt'> | null | undefined>,
  options: SecondsUntilOptions = {},
): Signal<number | null> {
  checkSignal('connection', connection);
  checkObject(options);
  checkContext(options, secondsUntil);
  const { injector = inject(Injector) } = options;
  const { scheduler = asyncScheduler } = injector.get(SSE_DEFAULTS, identity<SseOptions>)({});
  const zone = injector.get(NgZone);
  const clock = monotonic(scheduler);
  const retryAt = computed(() => connection()?.retryAt ?? null);
  /** The end of the wait, by a clock that nobody sets. */
  const end = computed(() => {
    const time = retryAt();
    return time === null ? null : clock() + time - scheduler.now();
  });
  const ticks = signal(0);

  effect(
    onCleanup => {
      const time = end();
      if (time === null) return;
      let timer = Subscription.EMPTY;
      const next = () => {
        const left = time - clock();
        if (left <= 0) return;
        // To the moment at which the number changes, or at the least a millisecond on.
        const work = () => {
          ticks.update(count => count + 1);
          next();
        };
        timer = zone.runOutsideAngular(() => scheduler.schedule(work, Math.max(left % 1000, 1)));
      };
      next();
      onCleanup(() => timer.unsubscribe());
    },
    { injector },
  );
  return computed(() => {
    const time = end();
    ticks();
    return time === null ? null : Math.max(0, Math.ceil((time - clock()) / 1000));
  });
}
