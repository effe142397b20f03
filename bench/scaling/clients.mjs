// The client, and the baseline to compare it with.
import { fromEventSource } from '../../dist/esm/index.js';
import { block } from './events.mjs';

/**
 * @typedef {object} Reading
 * @property {Promise<unknown>} opened Fulfills with the first event or byte.
 * @property {Promise<unknown>} ended Fulfills at the end of the stream. Rejects if it differs from what the server
 * sent.
 *
 * @typedef {(url: string, count: number, onProgress?: (events: number) => void) => Reading} Client
 */

/** @returns {{ promise: Promise<any>, resolve: (value?: unknown) => void, reject: (error: unknown) => void }} */
function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  // Not every caller uses both promises.
  promise.catch(() => undefined);
  return { promise, ...settle };
}

/** Compares each event with the one that was sent. @type {Client} */
function rxSse(url, count, onProgress) {
  const { data } = block;
  const opened = deferred();
  const ended = deferred();
  let seen = 0;
  let index = 0;
  fromEventSource(url, { reconnect: false }).subscribe({
    next: event => {
      if (event.data !== data[index]) ended.reject(new Error(`Event ${seen} was ${event.data}`));
      index = index + 1 === data.length ? 0 : index + 1;
      seen++;
      if (seen === 1) opened.resolve();
      onProgress?.(seen);
    },
    error: ended.reject,
    complete: () => (seen === count ? ended.resolve() : ended.reject(new Error(`${seen} of ${count} events came`))),
  });
  return { opened: opened.promise, ended: ended.promise };
}

/** The least work of a client with `fetch`: reads and counts bytes. @type {Client} */
function bareFetch(url) {
  const opened = deferred();
  const read = async () => {
    const controller = new AbortController();
    const response = await fetch(url, { signal: controller.signal });
    const reader = response.body.getReader();
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
      opened.resolve();
    }
    if (bytes === 0) throw new Error('Nothing came');
  };
  return { opened: opened.promise, ended: read() };
}

/** @type {Record<string, Client>} */
export const clients = { 'rx-sse': rxSse, 'bare fetch': bareFetch };

/**
 * Connects `count` times in a row. After each connection, waits for the result of `after`.
 *
 * @typedef {(url: string, count: number, after: () => Promise<void> | undefined) => Promise<void>} Repeater
 */

/** One subscription, which reconnects. @type {Repeater} */
function reconnect(url, count, after) {
  return new Promise((resolve, reject) => {
    let seen = 0;
    const delay = () => {
      const pending = after();
      if (seen < count) return pending ?? 0;
      subscription.unsubscribe();
      resolve(pending);
      return 0;
    };
    const subscription = fromEventSource(url, { reconnect: { delay } }).subscribe({
      next: ({ data, lastEventId }) => {
        if (data !== lastEventId) reject(new Error(`Event ${data} had the id ${lastEventId}`));
        seen++;
      },
      error: reject,
    });
  });
}

/** @type {Repeater} */
async function fetchAgain(url, count, after) {
  for (let seen = 0; seen < count; seen++) {
    await bareFetch(url).ended;
    await after();
  }
}

/** @type {Record<string, Repeater>} */
export const repeaters = { 'rx-sse': reconnect, 'bare fetch': fetchAgain };
