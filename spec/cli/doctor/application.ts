import { interval, map, merge } from 'rxjs';
import type { Exchange } from '../../support/sse-server.js';

/** The behaviour of a stream: correct, except for the given properties. */
export interface Behaviour {
  readonly headers?: Readonly<Record<string, string>>;
  /** Returns the text of an event. */
  readonly event?: (n: number) => string;
  /** Returns the first event to send, from the requested position and the number of events so far. */
  readonly from?: (lastEventId: number | undefined, count: number) => number;
  /** Milliseconds between events, and between comments. 0 for none. */
  readonly every?: number;
  readonly heartbeats?: number;
  /** Returns the function that sends text. By default, it sends the text to the client as it is. */
  readonly writer?: (exchange: Exchange) => (text: string) => void;
}

/** A new client receives the last few events. A client that resumes receives all the events that it missed. */
const resuming = (lastEventId: number | undefined, count: number) => (lastEventId ?? Math.max(count - 5, 0)) + 1;

/**
 * Returns the request handler of a server: an event stream that numbers its events, keeps all of them, and continues
 * after `Last-Event-ID`. Events happen whether or not a client is connected.
 */
export function application({
  headers = {},
  event = n => `id: ${n}\nretry: 3000\ndata: event ${n}\n\n`,
  from = resuming,
  every = 25,
  heartbeats = 60,
  writer = exchange => text => void exchange.send(text),
}: Behaviour = {}): (exchange: Exchange) => void {
  const since = performance.now();
  const count = () => (every > 0 ? Math.floor((performance.now() - since) / every) + 5 : 0);
  return exchange => {
    exchange.open({ 'cache-control': 'no-cache, no-transform', ...headers });
    const { lastEventId } = exchange;
    const send = writer(exchange);
    let next = from(lastEventId === undefined ? undefined : Number(lastEventId), count());
    const sendEvents = () => {
      while (next <= count()) send(event(next++));
    };
    sendEvents();
    const sending = merge(
      ...(every > 0 ? [interval(every).pipe(map(() => sendEvents))] : []),
      ...(heartbeats > 0 ? [interval(heartbeats).pipe(map(() => () => send(':\n\n')))] : []),
    ).subscribe(act => act());
    exchange.response.on('close', () => sending.unsubscribe());
  };
}
