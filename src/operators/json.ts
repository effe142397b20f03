import type { Observable } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import { decode } from './decode.js';
import type { Json } from './event-decoder.js';

/**
 * Parses the data of each event as JSON. Behind a stream it is an operator for all events. Within `decode` it is the decoder of one type. Behind a
 * lifecycle, use `decode(json<T>())`. The compiler believes you about `T`: to check it, use a schema within `decode`.
 *
 * It completes and errors with the source, and errors with a `DecodeError` if the data isn't JSON. That is final: the stream doesn't reconnect. The
 * event counts as delivered, so with `retry()` behind it a new subscription skips the invalid event and goes on behind it. Unsubscribing ends
 * the source.
 *
 * @example
 * ```ts
 * fromEventSource('/prices')
 *   .pipe(json<Price>())
 *   .subscribe(({ data }) => console.log(data.symbol, data.price));
 * ```
 */
export function json<Data>(): Json<Data> {
  const parse = (data: string) => JSON.parse(data) as Data;
  const parseAll = decode(parse);
  return ((input: string | Observable<ServerSentEvent>) =>
    typeof input === 'string' ? parse(input) : parseAll(input)) as Json<Data>;
}
