import type { ServerSentEvent } from '../../src/lifecycle.js';
import { referenceParser } from './reference-parser.js';
import { CLIENTS, type Client, NO_CONTENT, type Script } from './script.js';

/** A request as the server saw it. */
export interface RequestSeen {
  /** Where redirects had led it, and `''` for the URL that the client was given. */
  readonly path: string;
  readonly accept: string | undefined;
  /** The field value's bytes, each as a character; undefined where there is no such header. */
  readonly lastEventId: string | undefined;
}

/** What a client has said and done from the first request to the last. */
export interface Transcript {
  readonly requests: readonly RequestSeen[];
  readonly items: readonly Item[];
}

/** What a client says; after `'closed'` it says nothing, and comes back no more. */
export type Item = 'open' | ServerSentEvent | 'closed';

/** Where Chromium's client and rx-sse differ, who of them leaves the standard, and why. All else must be the same. */
export const DIFFERENCES = {
  'a status that may pass':
    'rx-sse tries again after 408, 425, 429 and 5xx: one 503 in a deploy must not end a stream. By the standard any status but 200 is final (HTML § 9.2.3).',
  'a position that is refused':
    'rx-sse asks once more, at once and without the position, after 409, 410 and 412 to a request that carried one, and says so by a gap. By the standard any status but 200 is final (HTML § 9.2.3).',
  'an id with control characters':
    'rx-sse does not send it: no field value may hold them (RFC 9110 § 5.5). By the standard its bytes are sent as they are (HTML § 9.2.3).',
  'a reconnect after a redirect':
    'rx-sse asks the URL that it was given: most redirects are temporary (RFC 9110 § 15.4). By the standard the one that the redirect led to is asked (HTML § 9.2.3, by the URL list of its request).',
  'a charset': 'Chromium refuses any but `utf-8`. By the standard a stream is UTF-8 whatever is said (HTML § 9.2.5).',
  'text behind the media type':
    'Chromium reads up to a space or a parenthesis. By the standard that is no media type (MIME Sniffing § 4.4).',
  'a line end right behind the byte order mark':
    'Chromium takes it for a part of the first line. By the standard that line is blank (HTML § 9.2.5).',
} as const;
export type Difference = keyof typeof DIFFERENCES;

export interface ExpectedTranscript extends Transcript {
  /** The differences that made it other than that of the other client. */
  readonly differences: ReadonlySet<Difference>;
  /** How many items there are by the end of each answer. */
  readonly itemsAfter: readonly number[];
  /** The time that the server has asked to wait before each answer's request, in milliseconds; 0 where it has not. */
  readonly waits: readonly number[];
}

/** The longest time that a client is asked to wait, in milliseconds: no script takes long. */
export const MAX_RETRY_TIME = 1000;

/** Where a redirect leads: the answer's, and which of those on the way to it. */
export const redirectPath = (answer: number, hop: number) => `/${answer}.${hop}`;

/** What a browser's `fetch` does other than expected, whoever calls it. */
export interface Quirks {
  /** It answers at the first byte of a body: one that is cut before that has no answer. */
  readonly opensLate?: boolean;
  /** It takes the bytes of a header value for characters, and sends those as UTF-8: an id outside of ASCII is encoded twice. */
  readonly encodesTwice?: boolean;
  /** It asks again by itself, and at once, where a connection was closed without an answer: where the last redirect had led. */
  readonly repeats?: boolean;
}

/** What the standard asks of a client that plays the script, but for the differences. */
export function expectedTranscript(script: Script, client: Client, quirks: Quirks = {}): ExpectedTranscript {
  const requests: RequestSeen[] = [];
  const items: Item[] = [];
  const differences = new Set<Difference>();
  const itemsAfter: number[] = [];
  const waits: number[] = [];
  let path = '';
  let position = '';
  let retryTime = 0;
  /** Whether the next request is made at once, without a position. */
  let startsOver = false;
  /** Where the browser asks again by itself. */
  let repeated: string | undefined;

  /** Whether this client does so, where the other may not. */
  const differs = (difference: Difference, actor: Client) => {
    differences.add(difference);
    return client === actor;
  };

  const lastEventIdHeader = () => {
    if (position === '') return undefined;
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(position) && differs('an id with control characters', 'rx-sse')) return undefined;
    const bytes = Buffer.from(position).toString('latin1');
    const sent = quirks.encodesTwice ? Buffer.from(bytes).toString('latin1') : bytes;
    // What surrounds a field value is no part of it.
    return sent.replace(/^[ \t]+|[ \t]+$/g, '');
  };

  for (const [index, { redirects, status, contentType, body, framing, ending }] of [...script, NO_CONTENT].entries()) {
    waits.push(startsOver || repeated !== undefined ? 0 : retryTime);
    startsOver = false;
    const lastEventId = lastEventIdHeader();
    const paths = [repeated ?? path, ...redirects.map((_, hop) => redirectPath(index, hop))];
    requests.push(...paths.map(path => ({ path, accept: 'text/event-stream', lastEventId })));

    repeated = quirks.repeats && ending === 'unanswered' ? paths.at(-1) : undefined;

    const isTransient = status >= 500 || [408, 425, 429].includes(status);
    if (ending === 'unanswered' || (isTransient && differs('a status that may pass', 'rx-sse'))) {
      itemsAfter.push(items.length);
      continue;
    }
    if (lastEventId && [409, 410, 412].includes(status) && differs('a position that is refused', 'rx-sse')) {
      startsOver = true;
      position = '';
      itemsAfter.push(items.length);
      continue;
    }
    const { openedBy } = contentType;
    if (status === 200 && openedBy.length === 1) {
      differences.add(openedBy.includes('rx-sse') ? 'a charset' : 'text behind the media type');
    }
    if (status !== 200 || !openedBy.includes(client)) {
      items.push('closed');
      break;
    }

    const isWhole = ending === 'complete' || (ending === 'cut' && framing === 'close');
    if (!quirks.opensLate || body.length > 0 || isWhole) items.push('open');
    if (redirects.length > 0 && differs('a reconnect after a redirect', 'EventSource')) path = paths.at(-1) ?? '';
    if (LINE_END_BEHIND_BOM.test(latin1(body))) differences.add('a line end right behind the byte order mark');
    const parsed = referenceParser(asReadBy(client, body), position);
    position = parsed.lastEventId;
    for (const item of parsed.items) {
      if (item.kind === 'event') items.push(item.event);
      if (item.kind === 'retry-time' && item.milliseconds <= MAX_RETRY_TIME) retryTime = item.milliseconds;
    }
    itemsAfter.push(items.length);
  }
  return { requests, items, differences, itemsAfter, waits };
}

const LINE_END_BEHIND_BOM = /^(\xef\xbb\xbf)[\r\n]/;
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** The body in which a line end right behind the byte order mark is none for the browser, but the start of an unknown field. */
const asReadBy = (client: Client, body: Uint8Array): Uint8Array =>
  client === 'EventSource' ? Buffer.from(latin1(body).replace(LINE_END_BEHIND_BOM, '$1x'), 'latin1') : body;

/**
 * Whether the events of a body tell that it was read: nothing behind the last one moves the position or sets the retry time. A
 * client that has told of them all has missed nothing that counts when its connection is cut then.
 */
export const isToldByEvents = (body: Uint8Array): boolean =>
  CLIENTS.every(client => {
    const { items, lastEventId } = referenceParser(asReadBy(client, body), 'before');
    const last = items.filter(({ kind }) => kind !== 'comment').at(-1);
    return lastEventId === (last?.kind === 'event' ? last.event.lastEventId : 'before') && last?.kind !== 'retry-time';
  });
