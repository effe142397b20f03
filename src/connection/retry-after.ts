/** No server can make anyone wait for longer, in milliseconds: an hour. */
const MAX_RETRY_AFTER = 3_600_000;

/**
 * The milliseconds that `Retry-After` asks for (RFC 9110 § 10.2.3), as seconds or as a date; `undefined` where there is none, or
 * none that can be read. A date is held against the server's own clock where the answer tells it.
 */
export function retryAfter(headers: { get(name: string): string | null }, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  // `Date.parse` reads dates into nearly anything: only what names a day and a time of day is taken for one.
  const date = /^[a-z]{3,9},? .*\d\d:\d\d:\d\d/i.test(value) ? Date.parse(value) : NaN;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : date - serverTime(headers, now);
  return wait >= 0 ? Math.min(wait, MAX_RETRY_AFTER) : undefined;
}

function serverTime(headers: { get(name: string): string | null }, now: number): number {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? now : date;
}
