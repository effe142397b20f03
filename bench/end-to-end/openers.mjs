// Opens clients as their documentation says. None reconnects: each is closed after its last event.
// This file also runs in browsers.
import { TYPE } from './stream.mjs';

/**
 * @typedef {object} Observer
 * @property {(data: string, type: string) => void} event
 * @property {(bytes: Uint8Array) => void} bytes Called by a bare reader, which has no events.
 * @property {(error: unknown) => void} failed
 *
 * @typedef {(url: string, observer: Observer) => () => void} Open Opens a stream. Returns a function that closes it.
 */

/** The alternative without rx-sse. */
export const NAIVE_TITLE = 'naive pipeline: fromFetch, a reader loop, eventsource-parser';

/** Opens a client with the API of EventSource. @param {new (url: string) => any} EventSource @returns {Open} */
export const openEventSource = EventSource => (url, observer) => {
  const source = new EventSource(url);
  source.addEventListener(TYPE, event => observer.event(event.data, event.type));
  source.onerror = observer.failed;
  return () => source.close();
};

/** @returns {Open} */
export const openRxSse = fromEventSource => (url, observer) => {
  const subscription = fromEventSource(url).subscribe({
    next: event => observer.event(event.data, event.type),
    error: observer.failed,
  });
  return () => subscription.unsubscribe();
};

/**
 * Uses RxJS and a parser, without rx-sse. It doesn't check the response and doesn't reconnect.
 *
 * @param {{ fromFetch: typeof import('rxjs/fetch').fromFetch, Observable: typeof import('rxjs').Observable,
 * createParser: typeof import('eventsource-parser').createParser }} parts
 * @returns {Open}
 */
export const openNaive = ({ fromFetch, Observable, createParser }) => {
  const read = async (body, subscriber) => {
    const parser = createParser({ onEvent: event => subscriber.next(event) });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (let result; !(result = await reader.read()).done;) {
      parser.feed(decoder.decode(result.value, { stream: true }));
    }
  };
  const selector = response =>
    new Observable(subscriber => {
      read(response.body, subscriber).then(
        () => subscriber.complete(),
        error => subscriber.error(error),
      );
    });
  return (url, observer) => {
    const subscription = fromFetch(url, { selector }).subscribe({
      next: ({ data, event = 'message' }) => observer.event(data, event),
      error: observer.failed,
    });
    return () => subscription.unsubscribe();
  };
};

/** @returns {Open} */
export const openFetchEventSource = fetchEventSource => (url, observer) => {
  const controller = new AbortController();
  fetchEventSource(url, {
    signal: controller.signal,
    // Otherwise it needs a `document`, and closes the stream while it's hidden.
    openWhenHidden: true,
    onmessage: message => observer.event(message.data, message.event),
    onerror: error => {
      throw error;
    },
  }).catch(observer.failed);
  return () => controller.abort();
};

/** @type {Open} */
export const openReader = (url, observer) => {
  const controller = new AbortController();
  const { signal } = controller;
  const read = async () => {
    const response = await fetch(url, { signal });
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      observer.bytes(value);
    }
  };
  read().catch(error => {
    if (!signal.aborted) observer.failed(error);
  });
  return () => controller.abort();
};
