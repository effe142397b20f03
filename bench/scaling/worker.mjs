// One process, one task: measures it, and sends what it found. Run with --expose-gc.
import { fromEventSource } from '../../dist/esm/index.js';
import { clients } from './clients.mjs';

/** CPU time of this process, in nanoseconds: what others do on the machine is not in it. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** What is reachable, in kB. */
function heap() {
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024;
}

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** Code is compiled for what it has seen: as it is for a long stream, so for a short one. */
const warmUp = (client, origin) => client(`${origin}/events?count=200000`, 200_000).ended;

const tasks = {
  /** CPU time per event of one connection with `count` events, from the first to the last. */
  async events({ client, origin, count, samples }) {
    const read = clients[client];
    await warmUp(read, origin);
    const costs = [];
    for (let i = 0; i < samples; i++) {
      let start = 0;
      let end = 0;
      const { ended } = read(`${origin}/events?count=${count}`, count, events => {
        if (events === 1) start = cpuTime();
        else if (events === count) end = cpuTime();
      });
      await ended;
      costs.push((end - start) / (count - 1));
    }
    return { costs };
  },

  /** What is reachable as one connection delivers its events, at each of `marks`. */
  async memory({ client, origin, marks }) {
    const read = clients[client];
    await warmUp(read, origin);
    const count = marks.at(-1);
    const next = new Set(marks);
    const heaps = [];
    await read(`${origin}/events?count=${count}`, count, events => {
      if (next.has(events)) heaps.push(heap());
    }).ended;
    return { heaps, peak: process.resourceUsage().maxRSS };
  },

  /** CPU time per stream, from subscribing to its end, and memory per stream while all of them idle. */
  async streams({ client, origin, count, events, samples }) {
    const read = clients[client];
    await warmUp(read, origin);
    const costs = [];
    const kilobytes = [];
    for (let i = 0; i < samples; i++) {
      const before = heap();
      const start = cpuTime();
      const readings = Array.from({ length: count }, () => read(`${origin}/held?count=${events}`, events));
      await Promise.all(readings.map(({ opened }) => opened));
      const opened = cpuTime();
      // The last of what opening took is done.
      await pause(50);
      kilobytes.push((heap() - before) / count);
      const idle = cpuTime();
      process.send?.({ release: true });
      await Promise.all(readings.map(({ ended }) => ended));
      costs.push((opened - start + cpuTime() - idle) / count);
    }
    return { costs, kilobytes };
  },

  /** CPU time per reconnect and what is reachable, in each of `windows` windows of one subscription. */
  async reconnects({ origin, count, windows }) {
    const each = count / windows;
    const warmUp = 1000;
    const costs = [];
    const heaps = [];
    let seen = 0;
    let start = 0;
    await new Promise((resolve, reject) => {
      const subscription = fromEventSource(`${origin}/once`, { reconnect: { delay: 0 } }).subscribe({
        next: ({ data, lastEventId }) => {
          if (data !== lastEventId) reject(new Error(`Event ${data} had the id ${lastEventId}`));
          seen++;
          if (seen < warmUp || (seen - warmUp) % each !== 0) return;
          if (seen > warmUp) {
            costs.push((cpuTime() - start) / each);
            heaps.push(heap());
          }
          start = cpuTime();
          if (seen === warmUp + count) {
            subscription.unsubscribe();
            resolve(undefined);
          }
        },
        error: reject,
      });
    });
    return { costs, heaps };
  },
};

const { task, ...options } = JSON.parse(process.argv[2] ?? '{}');
process.send?.({ result: await tasks[task](options) });
process.disconnect();
