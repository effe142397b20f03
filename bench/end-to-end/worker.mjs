// One process for one client and one task. It gets ready, then answers each message with a sample.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { answerParent } from '../lib/answer-parent.mjs';
import { recordHeap } from '../lib/profile.mjs';
import { clients } from './clients.mjs';
import { latencies, quantile, readAll } from './measurements.mjs';
import { pieces } from './stream.mjs';

const { task, client, origin, ...options } = JSON.parse(process.argv[2] ?? '{}');

/** Returns the CPU time of all threads of this process, in nanoseconds. Other programs on the machine don't count. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Returns the reachable heap, in kB. */
function heap() {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed / 1024;
}

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** Returns CPU time and events per second of one connection, and the peak memory of the process. */
async function throughput({ count: most, chunk }) {
  const { load, ofMany = 1 } = clients[client];
  const open = await load();
  const count = most * (chunk === 'single' ? 1 : ofMany);
  const checked = Math.min(count, 20_000);
  const url = `${origin}/events?chunk=${chunk}&count=`;
  await readAll(open, url + checked, checked, { checked: true });
  // Like a process that has run for a while: the code is compiled, and the heap has its size.
  await readAll(open, url + count / 2, count / 2);
  return async () => {
    const start = cpuTime();
    const startedAt = performance.now();
    await readAll(open, url + count, count);
    const cpu = (cpuTime() - start) / count;
    const rate = count / ((performance.now() - startedAt) / 1000);
    return { cpu, rate, peak: process.resourceUsage().maxRSS / 1024 };
  };
}

async function latency({ count, rate }) {
  const open = await clients[client].load();
  await readAll(open, `${origin}/events?chunk=single&count=10000`, 10_000, { checked: true });
  return async () => {
    const found = await latencies(open, `${origin}/times?rate=${rate}&count=${count}`, count);
    return { p50: quantile(found, 0.5), p99: quantile(found, 0.99) };
  };
}

/** Returns the heap per stream, for many open, idle streams. */
async function idle({ streams }) {
  const open = await clients[client].load();
  const openAll = count => {
    const opened = Array.from({ length: count }, () => {
      let close = () => {};
      const first = new Promise((resolve, reject) => {
        close = open(`${origin}/idle`, { event: resolve, bytes: resolve, failed: reject });
      });
      return { first, close };
    });
    return {
      opened: Promise.all(opened.map(({ first }) => first)),
      close: () => opened.forEach(({ close }) => close()),
    };
  };
  return async (whileOpen = async () => {}) => {
    // The first streams create everything that the process keeps.
    const first = openAll(10);
    await first.opened;
    const before = heap();
    const all = openAll(streams);
    await all.opened;
    await pause(200);
    const kilobytes = (heap() - before) / streams;
    await whileOpen();
    all.close();
    first.close();
    return { kilobytes };
  };
}

/** Returns the CPU time per event of a stream in memory: through all of rx-sse, or only through its inner parts. */
async function inMemory({ count, chunk }) {
  const chunks = [...pieces(count, chunk)];
  const stream = () => {
    let next = 0;
    const pull = controller => (next < chunks.length ? controller.enqueue(chunks[next++]) : controller.close());
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  };
  const { fromEventSource } = await import('../../dist/esm/index.js');
  const { EventStreamParser } = await import('../../dist/esm/parsing/event-stream-parser.node.js');
  let events = 0;
  let characters = 0;
  const onEvent = event => {
    events++;
    characters += event.data.length;
  };
  const ways = {
    parser() {
      const parser = new EventStreamParser({ onEvent });
      for (const bytes of chunks) parser.push(bytes);
    },
    async 'reader and parser'() {
      const parser = new EventStreamParser({ onEvent });
      const reader = stream().getReader();
      for (let result; !(result = await reader.read()).done;) parser.push(result.value);
    },
    fromEventSource: () =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'text/event-stream' };
        const fetch = async () => new Response(stream(), { headers });
        fromEventSource('http://localhost/', { fetch, reconnect: false }).subscribe({
          next: onEvent,
          error: reject,
          complete: resolve,
        });
      }),
  };
  const measure = async () => {
    events = characters = 0;
    const start = cpuTime();
    await ways[client]();
    const cpu = (cpuTime() - start) / count;
    if (events !== count || characters === 0) throw new Error(`${events} events came, and not ${count}`);
    return { cpu };
  };
  await measure();
  await measure();
  return measure;
}

const tasks = { throughput, latency, idle, inMemory };
try {
  answerParent({}, await tasks[task](options), task === 'idle' ? recordHeap : undefined);
} catch (error) {
  answerParent({ failure: error.cause?.message ?? error.message });
}
