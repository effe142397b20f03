// Runs the behaviours in an engine with a command line, and prints the results: `process.mjs <origin> <seed> <transport>`.
import { runBehaviours } from './run-behaviours.mjs';

/** The transports: the engine's own `fetch`, or a package. */
const TRANSPORTS = {
  fetch: () => undefined,
  'cross-fetch': async () => (await import('cross-fetch')).default,
  'node-fetch': async () => (await import('node-fetch')).default,
  undici: async () => (await import('undici')).fetch,
};

const [origin, seed, transport] = process.argv.slice(2);
const complaints = [];
process.on('unhandledRejection', error => complaints.push(`unhandled: ${String(error)}`));
const results = await runBehaviours({ origin, seed: Number(seed), fetch: await TRANSPORTS[transport]() });
console.log(JSON.stringify({ results, complaints }));
