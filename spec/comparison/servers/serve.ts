// Serves a contender in its own process: fork('serve.mjs', [its module, config as JSON]). The parent sends it orders as messages.
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Serve, ServerConfig } from './contender.js';

/** An order from the parent process. */
export type Order =
  | { readonly kind: 'publish'; readonly from: number; readonly to: number; readonly padding: number }
  /** Publishes one message after the other, as fast as possible, until `stop`. */
  | { readonly kind: 'run'; readonly from: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'forget' }
  /** Requests the memory that the process uses, in bytes. */
  | { readonly kind: 'memory' };

/** A message to the parent process: first the URL, then one reply to each order, with its number. */
export type Reply =
  { readonly url: string } | { readonly order: number; readonly value?: number; readonly error?: string };

const [module = '', config = '{}'] = process.argv.slice(2);
const { serve } = (await import(module)) as { serve: Serve };
const server = await serve(JSON.parse(config) as ServerConfig);
let stopped = false;

async function obey(order: Order): Promise<number | undefined> {
  switch (order.kind) {
    case 'publish':
      for (let n = order.from; n <= order.to; n++) await server.publish(n, '€'.repeat(order.padding));
      return order.to;
    case 'run': {
      let n = order.from;
      for (; !stopped; n++) {
        await server.publish(n, '');
        // Lets the process handle messages from the parent, and its sockets.
        await setImmediate();
      }
      return n - 1;
    }
    case 'stop':
      stopped = true;
      return undefined;
    case 'forget':
      await server.forget();
      return undefined;
    case 'memory':
      return settledMemory();
  }
}

/** Returns the memory in use after garbage collection. Callbacks that run after a collection release more, so it collects several times. */
async function settledMemory(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await setTimeout(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const send = (reply: Reply) => process.send?.(reply);
process.on('message', ({ number, order }: { number: number; order: Order }) => {
  obey(order).then(
    value => send({ order: number, ...(value === undefined ? {} : { value }) }),
    (error: unknown) => send({ order: number, error: String(error) }),
  );
});
// The parent process has exited.
process.once('disconnect', () => process.exit());
send({ url: server.url });
