import type { ServerSentEvent } from '../../src/lifecycle.js';
import { referenceParser } from './reference-parser.js';
import { CLIENTS, type Client, NO_CONTENT, type Script } from './script.js';

/** A request as the server received it. */
export interface RequestSeen {
  /** The path that redirects led to, or `''` for the URL that the client was given. */
  readonly path: string;
  readonly accept: string | undefined;
  /** The bytes of the field value, each as a character. Undefined without the header. */
  readonly lastEventId: string | undefined;
}

/** Everything that a client requested and reported, from the first request to the last. */
export interface Transcript {
  readonly requests: readonly RequestSeen[];
  readonly items: readonly Item[];
}

/** A report of a client. After `'closed'` it reports nothing else and doesn't reconnect. */
export type Item = 'open' | ServerSentEvent | 'closed';

/**
 * The differences between Chromium's client and rx-sse: which one deviates from the standard, and why. Everything else
 * must be the same.
 */
export const DIFFERENCES = {
  'a transient status':
    'rx-sse retries after 408, 425, 429 and 5xx: one 503 in a deploy must not end a stream. In the standard, any status but 200 is final (HTML § 9.2.3).',
  'a refused position':
    'rx-sse requests the stream once more, at once and without the position, after 409, 410 and 412 to a request that sent one, and reports a gap. In the standard, any status but 200 is final (HTML § 9.2.3).',
  'an id with control characters':
    'rx-sse does not send it: a field value must not contain them (RFC 9110 § 5.5). In the standard, its bytes are sent unchanged (HTML § 9.2.3).',
  'a reconnect after a redirect':
    'rx-sse requests the original URL: most redirects are temporary (RFC 9110 § 15.4). In the standard, the request goes to the URL that the redirect led to (HTML § 9.2.3, by the URL list of its request).',
  'a charset': 'Chromium refuses any charset but `utf-8`. In the standard, a stream is always UTF-8 (HTML § 9.2.5).',
  'text after the media type':
    'Chromium reads the type up to a space or a parenthesis. In the standard, that is not a media type (MIME Sniffing § 4.4).',
  'a line end right after the byte order mark':
    'Chromium treats it as a part of the first line. In the standard, that line is blank (HTML § 9.2.5).',
} as const;
export type Difference = keyof typeof DIFFERENCES;

export interface ExpectedTranscript extends Transcript {
  /** The differences between this transcript and the other client's. */
  readonly differences: ReadonlySet<Difference>;
  /** The number of items at the end of each response. */
  readonly itemsAfter: readonly number[];
  /**
   * The wait that the server requested before the request of each response, in milliseconds. 0 if it requested none.
   */
  readonly waits: readonly number[];
}

/** The longest retry time that a client obeys, in milliseconds, so that no script takes long. */
export const MAX_RETRY_TIME = 1000;

/** Returns the path of a redirect: the index of the response, and of the redirect on the way to it. */
export const redirectPath = (answer: number, hop: number) => `/${answer}.${hop}`;

/** Unexpected behaviour of a browser's `fetch`, for every caller. */
export interface Quirks {
  /** It resolves at the first byte of the body. A body that is cut before that has no response. */
  readonly opensLate?: boolean;
  /** It reads the bytes of a header value as characters, and sends those as UTF-8: a non-ASCII ID is encoded twice. */
  readonly encodesTwice?: boolean;
  /**
   * It retries on its own and at once if a connection is closed without a response: at the URL that the last redirect
   * led to.
   */
  readonly repeats?: boolean;
}

/** Returns the transcript that the standard requires of a client that plays the script, except for the differences. */
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
  /** The path that the browser requests again on its own. */
  let repeated: string | undefined;

  /** Records a difference, and returns whether this client is the one that acts this way. */
  const differs = (difference: Difference, actor: Client) => {
    differences.add(difference);
    return client === actor;
  };

  const lastEventIdHeader = () => {
    if (position === '') return undefined;
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(position) && differs('an id with control characters', 'rx-sse')) return undefined;
    const bytes = Buffer.from(position).toString('latin1');
    const sent = quirks.encodesTwice ? Buffer.from(bytes).toString('latin1') : bytes;
    // Whitespace around a field value isn't part of it.
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
    if (ending === 'unanswered' || (isTransient && differs('a transient status', 'rx-sse'))) {
      itemsAfter.push(items.length);
      continue;
    }
    if (lastEventId && [409, 410, 412].includes(status) && differs('a refused position', 'rx-sse')) {
      startsOver = true;
      position = '';
      itemsAfter.push(items.length);
      continue;
    }
    const { openedBy } = contentType;
    if (status === 200 && openedBy.length === 1) {
      differences.add(openedBy.includes('rx-sse') ? 'a charset' : 'text after the media type');
    }
    if (status !== 200 || !openedBy.includes(client)) {
      items.push('closed');
      break;
    }

    const isWhole = ending === 'complete' || (ending === 'cut' && framing === 'close');
    if (!quirks.opensLate || body.length > 0 || isWhole) items.push('open');
    if (redirects.length > 0 && differs('a reconnect after a redirect', 'EventSource')) path = paths.at(-1) ?? '';
    if (LINE_END_AFTER_BOM.test(latin1(body))) differences.add('a line end right after the byte order mark');
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

const LINE_END_AFTER_BOM = /^(\xef\xbb\xbf)[\r\n]/;
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/**
 * Returns the body as the client reads it. For the browser, a line end directly after the byte order mark doesn't end a
 * line, but starts an unknown field.
 */
const asReadBy = (client: Client, body: Uint8Array): Uint8Array =>
  client === 'EventSource' ? Buffer.from(latin1(body).replace(LINE_END_AFTER_BOM, '$1x'), 'latin1') : body;

/**
 * Whether the events of a body show that it was read: nothing after the last event changes the position or the retry
 * time. A client that has reported all of them misses nothing that counts if its connection is cut then.
 */
export const isToldByEvents = (body: Uint8Array): boolean =>
  CLIENTS.every(client => {
    const { items, lastEventId } = referenceParser(asReadBy(client, body), 'before');
    const last = items.filter(({ kind }) => kind !== 'comment').at(-1);
    return lastEventId === (last?.kind === 'event' ? last.event.lastEventId : 'before') && last?.kind !== 'retry-time';
  });
