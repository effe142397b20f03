/** Those that a page may send without asking, if their values are plain (Fetch § 2.2.2). */
const SAFELISTED = new Set(['accept', 'accept-language', 'content-language']);
const PLAIN_TYPES = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(?:;|$)/i;
/** Those that a page can't send, and the browser does. `cache-control` and `user-agent` are of this program. */
const OF_THE_BROWSER =
  /^(?:accept-charset|accept-encoding|cache-control|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|referer|te|trailer|transfer-encoding|upgrade|user-agent|via|proxy-.*|sec-.*)$/;

/** The names that a preflight asks for: `last-event-id`, and the headers given that need permission. Sorted, as browsers do. */
export function requestedHeaders(headers: Readonly<Record<string, string>>): string[] {
  const names = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !SAFELISTED.has(name) && !OF_THE_BROWSER.test(name))
    .filter(([name, value]) => name !== 'content-type' || !PLAIN_TYPES.test(value))
    .map(([name]) => name);
  return [...new Set([...names, 'last-event-id'])].sort();
}
