// A page has none of its own.
import { setImmediate } from 'node:timers';

/** Fulfilled when `condition` holds, looked at after each round of the event loop; rejected where it does not come to that. */
export async function until(condition: () => boolean | Promise<boolean>, deadline = 20_000): Promise<void> {
  const end = Date.now() + deadline;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Expected ${condition.toString()} within ${deadline} ms`);
    await new Promise(resolve => setImmediate(resolve));
  }
}
