// One process for one task: measures it and sends the result. Run with --expose-gc.
import { recordCpu, recordHeap } from '../lib/profile.mjs';
import { clients, repeaters } from './clients.mjs';

/** Returns the CPU time of this process, in nanoseconds. Other programs on the machine don't count. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Returns the reachable memory, in kB. */
function heap() {
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024;
}

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** Code is compiled for its earlier input, so the start of a stream uses the code for a long one. */
const warmUp = (client, origin) => client(`${origin}/events?count=1000000`, 1_000_000).ended;

const tasks = {
  /** Returns the CPU time per event between two `marks`, on each of the `connections` with this many events. */
  async events({ client, origin, marks, connections }) {
    const read = clients[client];
    await warmUp(read, origin);
    const costs = marks.slice(1).map(() => []);
    for (const count of connections) {
      let passed = 0;
      let before = 0;
      await read(`${origin}/events?count=${count}`, count, events => {
        if (events !== marks[passed]) return;
        const now = cpuTime();
        if (passed > 0) costs[passed - 1].push((now - before) / (events - marks[passed - 1]));
        before = now;
        passed++;
      }).ended;
    }
    return { costs };
  },

  /** Returns the reachable memory while one connection delivers its events, at each of `marks`. */
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

  /** Returns the CPU time per stream, from subscribing to its end. */
  async streams({ client, origin, count, events, samples }) {
    const read = clients[client];
    await warmUp(read, origin);
    const costs = [];
    for (let i = 0; i < samples; i++) {
      // Each sample starts without the garbage of the previous one.
      gc();
      const start = cpuTime();
      const readings = Array.from({ length: count }, () => read(`${origin}/held?count=${events}`, events));
      await Promise.all(readings.map(({ opened }) => opened));
      process.send?.({ release: true });
      await Promise.all(readings.map(({ ended }) => ended));
      costs.push((cpuTime() - start) / count);
    }
    return { costs };
  },

  /** Returns the reachable memory with as many open, idle streams as `marks` say. */
  async idle({ client, origin, marks }, whileOpen = async () => {}) {
    const read = clients[client];
    await warmUp(read, origin);
    const readings = [];
    const heaps = [];
    for (const mark of marks) {
      while (readings.length < mark) readings.push(read(`${origin}/held?count=1`, 1));
      await Promise.all(readings.map(({ opened }) => opened));
      // Waits until opening is completely done.
      await pause(200);
      heaps.push(heap());
    }
    await whileOpen();
    process.send?.({ release: true });
    await Promise.all(readings.map(({ ended }) => ended));
    return { heaps };
  },

  /**
   * Returns the CPU time per connection, and the reachable memory between two of them, in each of many windows in a
   * row.
   */
  async reconnects({ client, origin, count, windows }) {
    const each = count / windows;
    const warmUp = 1000;
    const costs = [];
    const heaps = [];
    let seen = 0;
    let start = 0;
    const look = async () => {
      if (seen > warmUp) {
        costs.push((cpuTime() - start) / each);
        // Waits until the last connection is finalized.
        await pause(50);
        heaps.push(heap());
      }
      start = cpuTime();
    };
    await repeaters[client](`${origin}/once`, warmUp + count, () => {
      seen++;
      return seen >= warmUp && (seen - warmUp) % each === 0 ? look() : undefined;
    });
    return { costs, heaps };
  },
};

const record = { cpu: recordCpu, heap: recordHeap };

const { task, profile, ...options } = JSON.parse(process.argv[2] ?? '{}');
const measure = (...args) => tasks[task](options, ...args);
process.send?.({ result: await (profile ? record[profile](measure) : measure()) });
process.disconnect();
