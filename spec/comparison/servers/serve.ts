// Serves a contender in a process of its own: fork('serve.mjs', [its module, config as JSON]). What it does is asked for by messages.
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Serve, ServerConfig } from './contender.js';

/** What the process is asked to do. */
export type Order =
  | { readonly kind: 'publish'; readonly from: number; readonly to: number; readonly padding: number }
  /** One after the other, as fast as it goes, until `stop`. */
  | { readonly kind: 'run'; readonly from: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'forget' }
  /** Asks how many bytes the process holds. */
  | { readonly kind: 'memory' };

/** What comes back: first the URL, and then an answer to each order, with its number. */
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
        // Messages of the parent, and the sockets, have their turn.
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

/** What is held when all that can be let go of is. Some of it is only let go of by what runs after a collection. */
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
// Whoever has started it is gone.
process.once('disconnect', () => process.exit());
send({ url: server.url });
