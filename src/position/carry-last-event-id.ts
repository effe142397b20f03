// Control characters, which a field value can't contain (RFC 9110 § 5.5). A request with them would always throw. A tab
// is allowed.
const UNSENDABLE = /[\0-\x08\x0a-\x1f\x7f]/;

// The limit in bytes, as sent. RFC 9110 § 4.1 recommends support for URLs of at least 8000 octets. nginx rejects an 8
// KiB header with 400 and an 8 KiB URL with 414. Node rejects 16 KiB of headers with 431. These rejections are final,
// so a longer id would end every later attempt too, even after a restart if a store keeps the id.
const MAX_LENGTH = 8000;

/**
 * Returns the id if it can be sent, otherwise `''`. A header can't carry control characters, but a query parameter can.
 * Neither can carry an id that is too long for servers.
 */
export function sendableLastEventId(lastEventId: string, param: string | undefined): string {
  if (lastEventId.length > MAX_LENGTH || (param === undefined && UNSENDABLE.test(lastEventId))) return '';
  const sent = param === undefined ? lastEventIdHeader(lastEventId) : queryPair(param, lastEventId);
  return sent.length > MAX_LENGTH ? '' : lastEventId;
}

/** Returns the id as a header value: its UTF-8 bytes, each as one character, which is what `fetch` expects. */
export function lastEventIdHeader(lastEventId: string): string {
  return Array.from(new TextEncoder().encode(lastEventId), byte => String.fromCharCode(byte)).join('');
}

/**
 * Returns the id in a header value. Reads the characters as UTF-8 bytes. If they aren't valid UTF-8, returns the value
 * itself.
 */
export function lastEventIdOf(headerValue: string): string {
  // A `TextDecoder` would remove a byte order mark.
  const encoded = headerValue.replace(/[%\x80-\xff]/g, byte => `%${byte.charCodeAt(0).toString(16)}`);
  try {
    return /[^\0-\xff]/.test(headerValue) ? headerValue : decodeURIComponent(encoded);
  } catch {
    return headerValue;
  }
}

/**
 * Returns the id that a request sent: in the query parameter `param` if that is given, otherwise in the header. `''` if
 * it sent none.
 *
 * @param url an absolute or relative URL
 * @param headers the headers, with names in lower case
 */
export function sentLastEventId(
  url: string,
  headers: Readonly<Record<string, string>>,
  param: string | undefined,
): string {
  if (param !== undefined) return new URL(url, 'http://localhost').searchParams.get(param) ?? '';
  // `fetch` removes HTTP whitespace from both ends of a value (Fetch § 2.2.2, "normalize").
  const [value = ''] = /[^\t\n\r ](?:.*[^\t\n\r ])?/s.exec(headers['last-event-id'] ?? '') ?? [];
  return lastEventIdOf(value);
}

/**
 * Returns `url` with the position in the query parameter `name`. Replaces an existing parameter and leaves the rest as
 * it is.
 */
export function withLastEventIdParam(url: string, name: string, lastEventId: string): string {
  const end = url.search(/#|$/);
  const [path, ...query] = url.slice(0, end).split('?');
  const pairs = query
    .join('?')
    .split('&')
    .filter(pair => pair && !new URLSearchParams(pair).has(name));
  pairs.push(queryPair(name, lastEventId));
  return `${path}?${pairs.join('&')}${url.slice(end)}`;
}

const queryPair = (name: string, lastEventId: string) => new URLSearchParams({ [name]: lastEventId }).toString();
