// What no field value may hold (RFC 9110 § 5.5), and what no transport sends: a request with it would throw, for ever. A
// tab is allowed.
const UNSENDABLE = /[\0-\x08\x0a-\x1f\x7f]/;

// In bytes, as it is sent. RFC 9110 § 4.1 asks everyone to take a URL of 8000; nginx refuses a header of 8 KiB by 400 and a URL
// by 414, Node by 431 what comes to 16 KiB with all other headers. Such a refusal is final, and each later attempt, after
// a restart too where the id is stored, would meet with it again.
const MAX_LENGTH = 8000;

/**
 * The id if it can be sent, otherwise `''`. A query parameter carries any id, `Last-Event-ID` none with control characters, and
 * neither one that is too long for servers.
 */
export function sendableLastEventId(lastEventId: string, param: string | undefined): string {
  if (lastEventId.length > MAX_LENGTH || (param === undefined && UNSENDABLE.test(lastEventId))) return '';
  const sent = param === undefined ? lastEventIdHeader(lastEventId) : queryPair(param, lastEventId);
  return sent.length > MAX_LENGTH ? '' : lastEventId;
}

/** The id as the value of a header: its UTF-8 bytes, as the standard asks for them, each as a character, as fetch takes them. */
export function lastEventIdHeader(lastEventId: string): string {
  return Array.from(new TextEncoder().encode(lastEventId), byte => String.fromCharCode(byte)).join('');
}

/** The id that the value of a header carries. Its characters are bytes, of UTF-8; if they aren't, it is the value itself. */
export function lastEventIdOf(headerValue: string): string {
  // Not by a `TextDecoder`: it takes a byte order mark away.
  const encoded = headerValue.replace(/[%\x80-\xff]/g, byte => `%${byte.charCodeAt(0).toString(16)}`);
  try {
    return /[^\0-\xff]/.test(headerValue) ? headerValue : decodeURIComponent(encoded);
  } catch {
    return headerValue;
  }
}

/**
 * The id that went out with a request: by the query parameter `param`, or if there is none, by the header. `''` if none did.
 *
 * @param url an absolute URL, or a relative one
 * @param headers by name in lower case
 */
export function sentLastEventId(
  url: string,
  headers: Readonly<Record<string, string>>,
  param: string | undefined,
): string {
  if (param !== undefined) return new URL(url, 'http://localhost').searchParams.get(param) ?? '';
  // Fetch takes HTTP whitespace from both ends of a value (Fetch § 2.2.2, "normalize").
  const [value = ''] = /[^\t\n\r ](?:.*[^\t\n\r ])?/s.exec(headers['last-event-id'] ?? '') ?? [];
  return lastEventIdOf(value);
}

/** `url` with the position as its query parameter `name`, in place of one that is there. The rest of it stays as it is. */
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
