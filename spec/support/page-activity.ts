import type { Page } from 'playwright-core';

/** The activity in a page: pending frames and timers, active observers and listeners. */
export interface PageActivity {
  readonly frames: number;
  readonly timers: number;
  readonly observers: number;
  readonly mediaListeners: number;
}

/** Source text, because it runs before anything of the page. */
const WATCH = `(() => {
  const kinds = { frames: new Set(), timers: new Set(), observers: new Set(), mediaListeners: new Set() };
  const once = (name, clear, kind) => {
    const [ask, cancel] = [window[name], window[clear]];
    window[name] = (callback, ...rest) => {
      const handle = ask.call(window, (...values) => {
        if (name !== 'setInterval') kind.delete(handle);
        callback(...values);
      }, ...rest);
      kind.add(handle);
      return handle;
    };
    window[clear] = handle => {
      kind.delete(handle);
      cancel.call(window, handle);
    };
  };
  once('requestAnimationFrame', 'cancelAnimationFrame', kinds.frames);
  once('setTimeout', 'clearTimeout', kinds.timers);
  once('setInterval', 'clearInterval', kinds.timers);
  const noted = (prototype, name, change) => {
    const original = prototype[name];
    prototype[name] = function (...values) {
      change(this, ...values);
      return original.apply(this, values);
    };
  };
  for (const { prototype } of [ResizeObserver, IntersectionObserver]) {
    noted(prototype, 'observe', observer => kinds.observers.add(observer));
    noted(prototype, 'disconnect', observer => kinds.observers.delete(observer));
  }
  noted(EventTarget.prototype, 'addEventListener', (target, _, listener) => {
    if (target instanceof MediaQueryList) kinds.mediaListeners.add(listener);
  });
  noted(EventTarget.prototype, 'removeEventListener', (target, _, listener) => kinds.mediaListeners.delete(listener));
  globalThis.activity = () => Object.fromEntries(Object.entries(kinds).map(([kind, all]) => [kind, all.size]));
})()`;

/** Records the activity in the page from its next navigation on. Call it after the installation of a clock. */
export const watchActivity = (page: Page): Promise<unknown> => page.addInitScript(WATCH);

/** Returns the current activity in the page. */
export const activityOf = (page: Page): Promise<PageActivity> =>
  page.evaluate(() => (globalThis as unknown as { activity: () => PageActivity }).activity());

export const NO_ACTIVITY: PageActivity = { frames: 0, timers: 0, observers: 0, mediaListeners: 0 };
