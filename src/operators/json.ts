import type { Observable } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import { decode } from './decode.js';
import type { Json } from './event-decoder.js';

/**
 * Parses the data of each event as JSON. Piped behind a stream it is an operator for all events; within `decode` it is the decoder
 * of one type; and for a lifecycle it is `decode(json<T>())`. `T` is taken on trust: a schema within `decode` checks it.
 *
 * It completes and errors with the source, and errors with a `DecodeError` where the data is not JSON: final, no reconnect
 * follows, because the same event would come again.
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
