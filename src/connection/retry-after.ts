import { MAX_SERVER_WAIT } from '../life/backoff.js';

/**
 * The milliseconds that `Retry-After` asks for (RFC 9110 § 10.2.3), in seconds or by a date; `undefined` if there is none, or
 * none that can be read. A date is compared with the server's own clock if the answer says what that shows.
 */
export function retryAfter(headers: { get(name: string): string | null }, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const serverTime = httpDate(headers.get('date') ?? '') || now;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : httpDate(value) - serverTime;
  return wait >= 0 ? Math.min(wait, MAX_SERVER_WAIT) : undefined;
}

/** A date of HTTP, in any of its three formats (RFC 9110 § 5.6.7), as milliseconds since the epoch; `NaN` if it is none. */
function httpDate(value: string): number {
  // `Date.parse` reads dates into nearly anything: only what names a day and a time of day is taken for one.
  if (!/^[a-z]{3,9},? .*\d\d:\d\d:\d\d/i.test(value)) return NaN;
  // The format of asctime names no zone: it is GMT, not the machine's. Not every engine takes a zone behind the year.
  return Date.parse(value.replace(/([\d:]{8}) (\d{4})$/, '$2 $1 GMT'));
}
