/**
 * Calls back in a task of its own: timers, input and rendering have their turn before. A timer for it would wait, in a page for
 * 4 ms (HTML § 8.7), so it is only for engines that have nothing better.
 */
export function nextTask(callback: () => void): void {
  if (typeof MessageChannel === 'undefined') {
    setTimeout(callback);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(undefined);
}
