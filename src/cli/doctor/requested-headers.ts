/** Headers that a page can send without a preflight, if their values are simple (Fetch § 2.2.2). */
const SAFELISTED = new Set(['accept', 'accept-language', 'content-language']);
const PLAIN_TYPES = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(?:;|$)/i;
/** Headers that only the browser sets. `cache-control` and `user-agent` are set by this program. */
const OF_THE_BROWSER =
  /^(?:accept-charset|accept-encoding|cache-control|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|referer|te|trailer|transfer-encoding|upgrade|user-agent|via|proxy-.*|sec-.*)$/;

/**
 * Returns the names for a preflight: `last-event-id`, and the headers of the user that need permission. Sorted, as in
 * browsers.
 */
export function requestedHeaders(headers: Readonly<Record<string, string>>): string[] {
  const names = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !SAFELISTED.has(name) && !OF_THE_BROWSER.test(name))
    .filter(([name, value]) => name !== 'content-type' || !PLAIN_TYPES.test(value))
    .map(([name]) => name);
  return [...new Set([...names, 'last-event-id'])].sort();
}
