import { checkContext, checkObject, checkSignal } from '#angular-checks';
import { computed, effect, inject, Injector, NgZone, type Signal, signal } from '@angular/core';
import { asyncScheduler, identity, Subscription } from 'rxjs';
import { monotonic } from '../clock.js';
import type { ConnectionState } from '../index.js';
import { SSE_DEFAULTS, type SseOptions } from './provide-sse.js';

/** The options of `secondsUntil`. */
export interface SecondsUntilOptions {
  /**
   * The injector whose end stops the countdown. Required outside of an injection context.
   * @default the injector of the current context
   */
  readonly injector?: Injector | undefined;
}

/**
 * Counts down to the next attempt. The signal has whole seconds, rounded up, or `null` if there is no wait. It has the
 * seconds of a new wait at once. If the browser delays the timer, as in a hidden tab, the next tick corrects the
 * signal.
 *
 * The timer runs at each full second while the connection waits. It runs outside of Angular's zone, so it doesn't block
 * stability, and each second is one change detection. It ends with the injector. If the system clock is set, the
 * wait and the countdown don't change. Throws a `TypeError` at the call if an argument has the wrong type.
 *
 * Show it outside of a live region (`role="status"`), because a screen reader would read out each second.
 *
 * @param connection the signal `connection` of an `eventSourceResource`, or a signal of the operator `connectionState`
 * @param options an `injector`, if there is no injection context
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
  /** The end of the wait, by a monotonic clock. */
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
        // Waits until the number changes, but at least a millisecond.
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
