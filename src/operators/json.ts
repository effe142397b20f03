import type { Observable } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import { decode } from './decode.js';
import type { Json } from './event-decoder.js';

/**
 * Parses the data of each event as JSON. Use it as an operator for all events of a stream, or in `decode` as the
 * decoder of one type. For a lifecycle, use `decode(json<T>())`. The data isn't checked against `T`. To check it, use a
 * schema in `decode`.
 *
 * Completes and errors with the source. Errors with a `DecodeError` if the data isn't JSON. This is final: the stream
 * doesn't reconnect. The event counts as delivered, so if you resubscribe with `retry()` after `json`, the stream
 * continues after it. Unsubscribing unsubscribes from the source.
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
