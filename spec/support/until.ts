// A page has no global `setImmediate`.
import { setImmediate } from 'node:timers';

/** Resolves when `condition` holds, checked after each turn of the event loop. Rejects after `deadline` ms. */
export async function until(condition: () => boolean | Promise<boolean>, deadline = 20_000): Promise<void> {
  const end = Date.now() + deadline;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Expected ${condition.toString()} within ${deadline} ms`);
    await new Promise(resolve => setImmediate(resolve));
  }
}
