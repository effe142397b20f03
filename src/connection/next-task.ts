type Schedule = (callback: () => void) => void;

const { setImmediate } = globalThis as { setImmediate?: Schedule };

/**
 * Calls back in a task of its own: timers, input and rendering have their turn before. Chosen as the module loads: a test that
 * holds the clock replaces the timers, and a stream that waited for one of those would stand still.
 */
export const nextTask: Schedule = setImmediate ?? (typeof MessageChannel === 'undefined' ? setTimeout : byMessage);

/** A page has no `setImmediate`, and its timers wait for 4 ms (HTML § 8.7). A message does not. */
function byMessage(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(undefined);
}
