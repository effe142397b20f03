type Schedule = (callback: () => void) => void;

const { setImmediate } = globalThis as { setImmediate?: Schedule };

/**
 * Calls back in a new task, after timers, input and rendering. It's chosen when the module loads, because a test that
 * mocks the clock replaces the timers, and a stream that waited for one of those would stop.
 */
export const nextTask: Schedule = setImmediate ?? (typeof MessageChannel === 'undefined' ? setTimeout : byMessage);

/** A page has no `setImmediate`, and its timers can take 4 ms (HTML § 8.7). A message doesn't. */
function byMessage(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(undefined);
}
