import { MAX_SERVER_WAIT } from '../life/backoff.js';

/**
 * Returns the wait in `Retry-After` in milliseconds (RFC 9110 § 10.2.3), from seconds or a date; `undefined` if it's
 * missing or invalid. A date is compared with the server's own clock if the response has a `Date`.
 */
export function retryAfter(headers: { get(name: string): string | null }, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const serverTime = httpDate(headers.get('date') ?? '') || now;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : httpDate(value) - serverTime;
  return wait >= 0 ? Math.min(wait, MAX_SERVER_WAIT) : undefined;
}

/**
 * Parses an HTTP date in any of its three formats (RFC 9110 § 5.6.7). Returns milliseconds since the epoch, or `NaN` if
 * it's invalid.
 */
function httpDate(value: string): number {
  // `Date.parse` accepts nearly anything, so a date must have a day and a time of day.
  if (!/^[a-z]{3,9},? .*\d\d:\d\d:\d\d/i.test(value)) return NaN;
  // The asctime format has no time zone. It's GMT, not the local one. Not every engine accepts a zone after the year.
  return Date.parse(value.replace(/([\d:]{8}) (\d{4})$/, '$2 $1 GMT'));
}
