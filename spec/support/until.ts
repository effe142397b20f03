// A page has no global `setImmediate`, and a test may replace the global `setTimeout`.
import { setImmediate, setTimeout } from 'node:timers';

/** After this many turns of the event loop it polls, so that it leaves the processor to what it waits for. */
const TURNS = 50;
/** How often it polls, in ms. */
const POLL = 2;

/**
 * Resolves when `condition` holds: checked after each turn of the event loop at first, then every few milliseconds.
 * Rejects after `deadline` ms.
 */
export async function until(condition: () => boolean | Promise<boolean>, deadline = 20_000): Promise<void> {
  const end = Date.now() + deadline;
  for (let turn = 0; !(await condition()); turn++) {
    if (Date.now() > end) throw new Error(`Expected ${condition.toString()} within ${deadline} ms`);
    await new Promise<void>(resolve => {
      if (turn < TURNS) setImmediate(resolve);
      else setTimeout(resolve, POLL);
    });
  }
}
