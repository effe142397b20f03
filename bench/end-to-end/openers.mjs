// How clients are opened, each as its documentation has it. None of them reconnects: each is closed with its last event.
// This file runs in browsers, too.
import { TYPE } from './stream.mjs';

/**
 * @typedef {object} Observer
 * @property {(data: string, type: string) => void} event
 * @property {(bytes: Uint8Array) => void} bytes What a bare reader has instead of events.
 * @property {(error: unknown) => void} failed
 *
 * @typedef {(url: string, observer: Observer) => () => void} Open Opens a stream; the answer closes it.
 */

/** A client with the face of an EventSource. @param {new (url: string) => any} EventSource @returns {Open} */
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

/** @returns {Open} */
export const openFetchEventSource = fetchEventSource => (url, observer) => {
  const controller = new AbortController();
  fetchEventSource(url, {
    signal: controller.signal,
    // Otherwise it needs a `document`, whose visibility closes the stream.
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
