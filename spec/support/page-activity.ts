import type { Page } from 'playwright-core';

/** What goes on in a page: frames and timers that are asked for, and what is observed or listened to. */
export interface PageActivity {
  readonly frames: number;
  readonly timers: number;
  readonly observers: number;
  readonly mediaListeners: number;
}

/** As text: it is run before anything of the page is. */
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

/** Notes what goes on in the page from its next navigation on. Call it after a clock was installed. */
export const watchActivity = (page: Page): Promise<unknown> => page.addInitScript(WATCH);

/** What goes on in the page now. */
export const activityOf = (page: Page): Promise<PageActivity> =>
  page.evaluate(() => (globalThis as unknown as { activity: () => PageActivity }).activity());

export const NO_ACTIVITY: PageActivity = { frames: 0, timers: 0, observers: 0, mediaListeners: 0 };
