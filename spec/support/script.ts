/** The two clients that play a script: the browser's EventSource, and the library. */
export const CLIENTS = ['EventSource', 'rx-sse'] as const;
export type Client = (typeof CLIENTS)[number];

/** A Content-Type, and the clients that accept a response with it as an event stream. */
export interface ContentType {
  /** The header lines: usually one, but there can be none or several. */
  readonly lines: readonly string[];
  readonly openedBy: readonly Client[];
}

const contentTypes = (openedBy: readonly Client[], ...values: (readonly string[])[]): ContentType[] =>
  values.map(lines => ({ lines, openedBy }));

const EVENT_STREAM: ContentType = { lines: ['text/event-stream'], openedBy: CLIENTS };

/** Types that both clients accept, in any case, and with any parameters and whitespace. */
export const STREAM_TYPES = [
  EVENT_STREAM,
  ...contentTypes(
    CLIENTS,
    ['TEXT/Event-Stream'],
    ['text/event-stream;charset=UTF-8'],
    ['text/event-stream; charset="utf-8"'],
    ['text/event-stream;charset=utf-8;charset=latin1'],
    ['text/event-stream;charset='],
    ['text/event-stream \t; x=y '],
    ['text/event-stream;x="a;charset=latin1"'],
    ['text/event-stream;'],
    ['text/event-stream;"'],
  ),
];

/** Types that neither client accepts. */
export const OTHER_TYPES = contentTypes(
  [],
  [],
  [''],
  ['text/plain'],
  ['application/json'],
  ['text/event-streamx'],
  ['text/event-stream/'],
  ['text /event-stream'],
  ['*/*'],
);

/** Types whose charset isn't spelled `utf-8`. Chromium refuses them. */
export const CHARSET_TYPES = contentTypes(
  ['rx-sse'],
  ['text/event-stream;charset=utf8'],
  ['text/event-stream;charset=iso-8859-1'],
  ["text/event-stream;charset='utf-8'"],
);

/** Types with text after the media type that isn't a parameter. Browsers ignore it. */
export const TRAILED_TYPES = contentTypes(['EventSource'], ['text/event-stream x'], ['text/event-stream (a comment)']);

/** The server's response to one request for the stream. */
export interface Answer {
  /** The statuses of the redirects before it, each to another path. */
  readonly redirects: readonly number[];
  readonly status: number;
  readonly contentType: ContentType;
  readonly body: Uint8Array;
  /** The number of bytes of the body that are written at a time. */
  readonly pieceSize: number;
  /** How the response marks the end of its body. */
  readonly framing: 'chunked' | 'length' | 'close';
  /** Whether the connection ends with the body, is closed or reset before its end, or is closed without a response. */
  readonly ending: 'complete' | 'cut' | 'reset' | 'unanswered';
}

/** Returns a response: a complete event stream, unless `other` says otherwise. */
export const answer = (body: string | Uint8Array = '', other: Partial<Answer> = {}): Answer => ({
  redirects: [],
  status: 200,
  contentType: EVENT_STREAM,
  body: Buffer.from(body),
  pieceSize: Infinity,
  framing: 'chunked',
  ending: 'complete',
  ...other,
});

/** The responses to successive requests. After the last one, the server responds with `NO_CONTENT`. */
export type Script = readonly Answer[];
export const NO_CONTENT = answer('', { status: 204 });
