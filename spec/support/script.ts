/** The two that play a script: the browser's own client, and the library. */
export const CLIENTS = ['EventSource', 'rx-sse'] as const;
export type Client = (typeof CLIENTS)[number];

/** A Content-Type, and who takes an answer that has it for an event stream. */
export interface ContentType {
  /** The header's lines: most often one, but none and several may come. */
  readonly lines: readonly string[];
  readonly openedBy: readonly Client[];
}

const contentTypes = (openedBy: readonly Client[], ...values: (readonly string[])[]): ContentType[] =>
  values.map(lines => ({ lines, openedBy }));

const EVENT_STREAM: ContentType = { lines: ['text/event-stream'], openedBy: CLIENTS };

/** What both open: whatever the case, the parameters and the whitespace. */
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

/** What neither opens. */
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

/** A charset that is not spelled `utf-8`, which the browser refuses. */
export const CHARSET_TYPES = contentTypes(
  ['rx-sse'],
  ['text/event-stream;charset=utf8'],
  ['text/event-stream;charset=iso-8859-1'],
  ["text/event-stream;charset='utf-8'"],
);

/** A media type with something behind it that is no parameter, which the browser does not look at. */
export const TRAILED_TYPES = contentTypes(['EventSource'], ['text/event-stream x'], ['text/event-stream (a comment)']);

/** What a server does with one request for the stream. */
export interface Answer {
  /** The statuses of the redirects on the way to it, each to another path. */
  readonly redirects: readonly number[];
  readonly status: number;
  readonly contentType: ContentType;
  readonly body: Uint8Array;
  /** How many bytes of the body are written at a time. */
  readonly pieceSize: number;
  /** How the end of the body is told. */
  readonly framing: 'chunked' | 'length' | 'close';
  /** Whether the connection is ended with the body, is closed or reset short of its end, or is closed with no answer at all. */
  readonly ending: 'complete' | 'cut' | 'reset' | 'unanswered';
}

/** An answer with an event stream, unless it says otherwise. */
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

/** What a server that is asked again and again answers in turn; after the last, `NO_CONTENT`. */
export type Script = readonly Answer[];
export const NO_CONTENT = answer('', { status: 204 });
