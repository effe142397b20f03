// Runs in the page: the clients for browsers, and their measurements. It's bundled.
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { createParser } from 'eventsource-parser';
import { Observable } from 'rxjs';
import { fromFetch } from 'rxjs/fetch';
import { fromEventSource } from '../../dist/esm/index.js';
import { openEventSource, openFetchEventSource, openNaive, openReader, openRxSse } from './openers.mjs';
import { latencies, quantile, readAll } from './measurements.mjs';

/** @type {Record<string, import('./openers.mjs').Open>} */
const open = {
  EventSource: openEventSource(EventSource),
  'rx-sse': openRxSse(fromEventSource),
  naive: openNaive({ fromFetch, Observable, createParser }),
  'fetch-event-source': openFetchEventSource(fetchEventSource),
  bare: openReader,
};

/** A client whose consumer works for this long on each event. @param {number} microseconds */
const working = (open, microseconds) => (url, observer) =>
  open(url, {
    ...observer,
    event(data, type) {
      for (const end = performance.now() + microseconds / 1000; performance.now() < end;);
      observer.event(data, type);
    },
  });

/** Measures how long timers and frames of the page are blocked, in milliseconds, until it's stopped. */
function watchGaps() {
  let running = true;
  const watch = again => {
    const gaps = { longest: 0, count: 0 };
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      gaps.longest = Math.max(gaps.longest, now - last);
      gaps.count++;
      last = now;
      if (running) again(tick);
    };
    again(tick);
    return gaps;
  };
  const timers = watch(tick => setTimeout(tick));
  const frames = watch(requestAnimationFrame);
  return () => {
    running = false;
    return { timers, frames };
  };
}

/** The functions that the runner calls. */
globalThis.bench = {
  check: (client, chunk) => readAll(open[client], `/events?chunk=${chunk}&count=20000`, 20_000, { checked: true }),

  /** Returns the events per second of one connection. */
  async throughput(client, chunk, count) {
    const start = performance.now();
    await readAll(open[client], `/events?chunk=${chunk}&count=${count}`, count);
    return count / ((performance.now() - start) / 1000);
  },

  async latency(client, count, rate) {
    const found = await latencies(open[client], `/times?rate=${rate}&count=${count}`, count);
    return { p50: quantile(found, 0.5), p99: quantile(found, 0.99) };
  },

  /** Returns the longest gaps while a stream is read as fast as possible. Without a client, the page is idle. */
  async gaps({ client, chunk, count, work = 0 }) {
    const read = work > 0 ? working(open[client], work) : open[client];
    const stop = watchGaps();
    const start = performance.now();
    if (read) await readAll(read, `/events?chunk=${chunk}&count=${count}`, count);
    else await new Promise(resolve => setTimeout(resolve, 2000));
    return { ...stop(), milliseconds: performance.now() - start };
  },

  /** Opens a stream for each URL and leaves it open. Fulfills when each has delivered an event. */
  idle: (client, urls) =>
    Promise.all(
      urls.map(
        url => new Promise((resolve, reject) => open[client](url, { event: resolve, bytes: resolve, failed: reject })),
      ),
    ).then(found => found.length),
};
