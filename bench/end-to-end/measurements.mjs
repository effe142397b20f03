// The measurements of an open stream, for Node and for pages.
import { bytesOf, charactersOf, eventAt } from './stream.mjs';

/** Throws if an event differs from the one that was sent. */
function compare(data, type, index) {
  const expected = eventAt(index);
  if (data !== expected.data || type !== expected.type) {
    throw new Error(`Event ${index} is ${type} ${data}, and not ${expected.type} ${expected.data}`);
  }
}

/**
 * Reads a stream of `count` events to the end and closes it. With `checked`, compares every event with the one that was
 * sent. Otherwise compares only the sum, once.
 *
 * @param {import('./openers.mjs').Open} open
 * @param {string} url
 * @param {number} count
 * @param {{ checked?: boolean }} [options]
 * @returns {Promise<void>}
 */
export async function readAll(open, url, count, { checked = false } = {}) {
  let events = 0;
  let characters = 0;
  let bytes = 0;
  const allBytes = bytesOf(count);
  /** @type {(() => void) | undefined} */
  let close;
  try {
    await new Promise((resolve, reject) => {
      close = open(url, {
        event(data, type) {
          if (checked) {
            try {
              compare(data, type, events);
            } catch (error) {
              reject(error);
            }
          }
          characters += data.length;
          if (++events === count) resolve(undefined);
        },
        bytes(chunk) {
          bytes += chunk.length;
          if (bytes === allBytes) resolve(undefined);
        },
        failed: error => reject(new Error('The stream failed', { cause: error })),
      });
    });
  } finally {
    close?.();
  }
  if (events > 0 && characters !== charactersOf(count)) throw new Error(`${characters} characters came`);
}

const decoder = new TextDecoder();

/**
 * Measures the latency of `count` events, from before the write to the receipt, in milliseconds.
 *
 * @param {import('./openers.mjs').Open} open
 * @param {string} url
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function latencies(open, url, count) {
  /** @type {number[]} */
  const found = [];
  const now = () => performance.timeOrigin + performance.now();
  /** @type {(() => void) | undefined} */
  let close;
  try {
    await new Promise((resolve, reject) => {
      const came = (sent, at) => {
        found.push(at - Number(sent));
        if (found.length === count) resolve(undefined);
      };
      close = open(url, {
        event: data => came(data, now()),
        bytes(chunk) {
          const at = now();
          for (const [, sent] of decoder.decode(chunk).matchAll(/data: (.*)/g)) came(sent, at);
        },
        failed: error => reject(new Error('The stream failed', { cause: error })),
      });
    });
  } finally {
    close?.();
  }
  // The first events wait for compilation.
  return found.slice(count / 10);
}

/** @param {readonly number[]} values @param {number} share From 0 to 1. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
