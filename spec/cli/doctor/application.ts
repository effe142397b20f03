import { interval, map, merge } from 'rxjs';
import type { Exchange } from '../../support/sse-server.js';

/** How a stream behaves: as it should, but for what is given. */
export interface Behaviour {
  readonly headers?: Readonly<Record<string, string>>;
  /** An event as it is sent. */
  readonly event?: (n: number) => string;
  /** The first event to send, by what was asked for and how many there are by now. */
  readonly from?: (lastEventId: number | undefined, count: number) => number;
  /** Milliseconds between events, and between comments; 0 for none. */
  readonly every?: number;
  readonly heartbeats?: number;
  /** Where the text goes, if not to the client as it is. */
  readonly writer?: (exchange: Exchange) => (text: string) => void;
}

/** Who begins gets the last few; who comes back, all that was missed. */
const resuming = (lastEventId: number | undefined, count: number) => (lastEventId ?? Math.max(count - 5, 0)) + 1;

/**
 * What answers the requests of a server: an event stream that numbers its events, keeps all of them, and continues behind `Last-Event-ID`. Events
 * come into being whether or not somebody is there.
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
