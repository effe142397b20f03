// What no field value may hold (RFC 9110 § 5.5), and what no transport sends: a request with it would throw, for ever. A
// tab is allowed.
const UNSENDABLE = /[\0-\x08\x0a-\x1f\x7f]/;

/** The id as far as it can be sent: by a query parameter any, by `Last-Event-ID` all but those, which then are as good as none. */
export const sendableLastEventId = (lastEventId: string, param: string | undefined): string =>
  param === undefined && UNSENDABLE.test(lastEventId) ? '' : lastEventId;

/** The id as the value of a header: its UTF-8 bytes, as the standard asks, each as a character, as fetch takes them. */
export function lastEventIdHeader(lastEventId: string): string {
  return Array.from(new TextEncoder().encode(lastEventId), byte => String.fromCharCode(byte)).join('');
}

/** `url` with the position as its query parameter `name`, in place of one that is there. The rest of it stays as it is. */
export function withLastEventIdParam(url: string, name: string, lastEventId: string): string {
  const end = url.search(/#|$/);
  const [path, ...query] = url.slice(0, end).split('?');
  const pairs = query
    .join('?')
    .split('&')
    .filter(pair => pair && !new URLSearchParams(pair).has(name));
  pairs.push(new URLSearchParams({ [name]: lastEventId }).toString());
  return `${path}?${pairs.join('&')}${url.slice(end)}`;
}
