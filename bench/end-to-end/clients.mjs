// The clients in Node.
import { NAIVE_TITLE, openEventSource, openFetchEventSource, openNaive, openReader, openRxSse } from './openers.mjs';

/**
 * @typedef {object} Client
 * @property {string} title
 * @property {'bytes'} [counts] What it counts instead of events.
 * @property {boolean} [withoutFetch] Uses `node:http`, without the cost of `fetch` streams.
 * @property {number} [ofMany] The share of events if each read brings many: all of them would take minutes.
 * @property {() => Promise<import('./openers.mjs').Open>} load
 */

/** @type {Record<string, Client>} */
export const clients = {
  bare: { title: 'a bare fetch reader, which counts bytes', counts: 'bytes', load: async () => openReader },
  'rx-sse': {
    title: 'rx-sse',
    load: async () => openRxSse((await import('../../dist/esm/index.js')).fromEventSource),
  },
  naive: {
    title: NAIVE_TITLE,
    load: async () => {
      const [{ fromFetch }, { Observable }, { createParser }] = await Promise.all([
        import('rxjs/fetch'),
        import('rxjs'),
        import('eventsource-parser'),
      ]);
      return openNaive({ fromFetch, Observable, createParser });
    },
  },
  'eventsource-client': {
    title: 'eventsource-client',
    load: async () => {
      const { createEventSource } = await import('eventsource-client');
      return (url, observer) => {
        const source = createEventSource({
          url,
          onMessage: ({ data, event }) => observer.event(data, event ?? 'message'),
          onDisconnect: () => observer.failed(new Error('disconnected')),
        });
        return () => source.close();
      };
    },
  },
  eventsource: {
    title: 'eventsource 5',
    load: async () => openEventSource((await import('eventsource')).EventSource),
  },
  'eventsource-4': {
    title: 'eventsource 4',
    // The version that the specs of this repository use.
    load: async () => openEventSource((await import('../../node_modules/eventsource/dist/index.js')).EventSource),
  },
  'fetch-event-source': {
    title: '@microsoft/fetch-event-source',
    load: async () => {
      // Made for browsers: uses `fetch` and the timers of `window`.
      globalThis.window = globalThis;
      globalThis.document = { removeEventListener() {} };
      return openFetchEventSource((await import('@microsoft/fetch-event-source')).fetchEventSource);
    },
  },
  undici: {
    title: 'undici, its EventSource',
    load: async () => openEventSource((await import('undici')).EventSource),
  },
  launchdarkly: {
    title: 'launchdarkly-eventsource',
    withoutFetch: true,
    // Copies the rest of the chunk for each event.
    ofMany: 1 / 50,
    load: async () => openEventSource((await import('launchdarkly-eventsource')).EventSource),
  },
};
