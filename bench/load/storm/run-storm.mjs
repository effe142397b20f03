// Runs one storm: a server is killed, and its clients reconnect.
import { withProcesses } from '../lib/asked-process.mjs';
import { now } from '../lib/measures.mjs';

/** The number of processes for the clients. */
export const PROCESSES = 2;

const file = name => new URL(`${name}.mjs`, import.meta.url);

/**
 * @param {{ clients: number, retry: number, refusals: number }} options
 * @param {number | undefined} jitter The default, if it is `undefined`.
 * @returns {Promise<{ arrivals: number[], planned: number[] }[]>} For each attempt when the clients arrived, and when they would have if nothing but
 *   their waits took time; in milliseconds since the server was killed.
 */
export const runStorm = ({ clients, retry, refusals }, jitter) =>
  withProcesses(async start => {
    const server = start(file('server'), { retry });
    const successor = start(file('successor'));
    const port = await server.ask('port');
    const groups = Array.from({ length: PROCESSES }, (_, name) => start(file('clients'), { name, jitter }));
    const question = { origin: `http://127.0.0.1:${port}`, count: clients / PROCESSES };
    await Promise.all(groups.map(group => group.ask('subscribe', question)));

    const killed = now();
    await server.end('SIGKILL');
    await successor.ask('listen', { port, refusals });
    const arrivals = await successor.ask('arrivals', clients);
    const waits = new Map((await Promise.all(groups.map(group => group.ask('waits')))).flat());

    const attempts = refusals + 1;
    const wrong = arrivals.find(
      ([client, times]) => times.length !== attempts || waits.get(client)?.length !== attempts,
    );
    if (arrivals.length !== clients || wrong)
      throw new Error(`${arrivals.length} of ${clients} clients came; ${wrong}`);
    return Array.from({ length: attempts }, (_, attempt) => ({
      arrivals: arrivals.map(([, times]) => times[attempt] - killed),
      planned: arrivals.map(([client]) =>
        waits
          .get(client)
          .slice(0, attempt + 1)
          .reduce((a, b) => a + b, 0),
      ),
    }));
  });
