// What an idle stream weighs on its way: in the chat's server, and in an nginx in front of it.
import { setTimeout as pause } from 'node:timers/promises';
import { withProcesses } from '../lib/asked-process.mjs';
import { isInstalled, startBalancer } from '../lib/programs.mjs';

const file = name => new URL(`../lib/${name}.mjs`, import.meta.url);
/** How often the server writes to each stream, in milliseconds. */
const HEARTBEAT = 1000;

/** The growth of what `weigh` answers with, for each stream from one mark to the other. */
async function growth([from, to], reader, weigh, open = () => reader.ask('open', to)) {
  await reader.ask('open', from);
  const before = await weigh();
  await open();
  const after = await weigh();
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, (value - before[name]) / (to - from)]));
}

/** kB of a stream in the server, and CPU time to open it there, in microseconds. */
async function inServer(marks, server, reader) {
  let cpu = 0;
  const open = async () => {
    const before = await server.ask('used');
    await reader.ask('open', marks[1]);
    cpu = (await server.ask('used')).cpu - before.cpu;
  };
  const memory = await growth(marks, reader, () => server.ask('memory'), open);
  return { ...memory, open: cpu / (marks[1] - marks[0]) };
}

/** CPU time of a heartbeat, in microseconds. */
async function ofHeartbeat(server, streams, seconds) {
  const before = await server.ask('used');
  await pause(seconds * 1000);
  const after = await server.ask('used');
  return (after.cpu - before.cpu) / ((streams * (after.at - before.at)) / HEARTBEAT);
}

/** kB of a stream in an nginx in front of the server, which has a connection on each side of it; undefined if there is no nginx. */
async function inBalancer(marks, port, startReader) {
  if (!isInstalled('nginx')) return undefined;
  const balancer = await startBalancer(port);
  try {
    const { rss } = await growth(marks, startReader(balancer.port), async () => ({ rss: await balancer.memory() }));
    return rss;
  } finally {
    await balancer.close();
  }
}

/** @param {boolean} quick */
export const weighStations = quick =>
  withProcesses(async start => {
    const marks = quick ? [10, 100] : [100, 1000];
    const server = start(file('chat-server'), { heartbeat: HEARTBEAT }, ['--expose-gc']);
    const port = await server.ask('port');
    const startReader = port => start(file('reader'), { port });
    const found = await inServer(marks, server, startReader(port));
    const heartbeat = await ofHeartbeat(server, marks[1], quick ? 1 : 10);
    const balancer = await inBalancer(marks, port, startReader);
    await server.ask('close');
    return { streams: marks[1], server: found, balancer, heartbeat };
  });
