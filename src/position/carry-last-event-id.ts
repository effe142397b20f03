// What no field value may hold (RFC 9110 § 5.5), and what no transport sends: a request with it would throw, for ever. A
// tab is allowed.
const UNSENDABLE = /[\0-\x08\x0a-\x1f\x7f]/;

// In bytes, as it is sent. RFC 9110 § 4.1 asks everyone to take a URL of 8000; nginx refuses a header of 8 KiB by 400 and a URL
// by 414, Node by 431 what comes to 16 KiB with all other headers. Such a refusal is final, and each later attempt, after
// a restart too where the id is stored, would meet with it again.
const MAX_LENGTH = 8000;

/**
 * The id as far as it can be sent: by a query parameter any, by `Last-Event-ID` all but those with control characters, by
 * either none that is too long for servers. Those are as good as none.
 */
export function sendableLastEventId(lastEventId: string, param: string | undefined): string {
  if (lastEventId.length > MAX_LENGTH || (param === undefined && UNSENDABLE.test(lastEventId))) return '';
  const sent = param === undefined ? lastEventIdHeader(lastEventId) : queryPair(param, lastEventId);
  return sent.length > MAX_LENGTH ? '' : lastEventId;
}

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
  pairs.push(queryPair(name, lastEventId));
  return `${path}?${pairs.join('&')}${url.slice(end)}`;
}

const queryPair = (name: string, lastEventId: string) => new URLSearchParams({ [name]: lastEventId }).toString();
