import type { Difference } from '../support/expected-transcript.js';
import {
  BAD_BYTES,
  BYTE_ORDER_MARK,
  CONTROL_IDS,
  FINAL,
  IDS,
  LINE_ENDS,
  REDIRECTS,
  TIMES,
  TRANSIENT,
} from '../support/random-script.js';
import {
  type Answer,
  answer,
  CHARSET_TYPES,
  CLIENTS,
  type ContentType,
  OTHER_TYPES,
  type Script,
  STREAM_TYPES,
  TRAILED_TYPES,
} from '../support/script.js';

/** Makes the browser reconnect soon from here on, and not after its default of 3 seconds. */
const SOON = answer('retry: 1\n\n');
const stream = (body: string, other?: Partial<Answer>): Script => [SOON, answer(body, other)];
const ofTypes = (types: readonly ContentType[]) => types.map(contentType => stream('data: a\n\n', { contentType }));
const ofStatuses = (statuses: readonly number[]) => statuses.map(status => stream('data: a\n\n', { status }));

/** The scripts by which browsers' clients are compared, and the differences between Chromium's client and rx-sse in each. */
export const NAMED_SCRIPTS: [name: string, scripts: Script[], ...differences: Difference[]][] = [
  [
    'read a body in chunks of any size, with lines that end with LF, CR, CRLF, or each of them in turn [pitfall 26] [pitfall 31]',
    LINE_ENDS.flatMap(ends =>
      [1, 2, Infinity].map(pieceSize => {
        const lines = [
          'event: chat',
          'data: a',
          'id: 1',
          'data',
          'data:  b',
          '',
          ': comment',
          'data:c',
          '',
          '',
          'data: d',
          '',
        ];
        return stream(lines.map((line, index) => `${line}${ends[index % ends.length]}`).join(''), { pieceSize });
      }),
    ),
  ],
  [
    'skip one byte order mark at the very start, and no other [pitfall 30]',
    [1, Infinity].flatMap(pieceSize =>
      [
        `${BYTE_ORDER_MARK}data: a\n\n${BYTE_ORDER_MARK}data: b\n\n`,
        `${BYTE_ORDER_MARK}${BYTE_ORDER_MARK}data: a\n\ndata: b\n\n`,
        `\n${BYTE_ORDER_MARK}data: a\n\ndata: ${BYTE_ORDER_MARK}b\n\n`,
      ].map(body => stream(body, { pieceSize })),
    ),
  ],
  [
    'read a line end right after a byte order mark',
    ['\n', '\r'].map(end => stream(`${BYTE_ORDER_MARK}${end}data: a\n\nevent: chat\ndata: b\n\n`)),
    'a line end right after the byte order mark',
  ],
  [
    'replace each invalid byte and each incomplete character with U+FFFD',
    BAD_BYTES.map(bytes => {
      const bad = Buffer.from(bytes);
      const body = Buffer.concat(
        ['event: ', '\nid: ', '\ndata: ', 'x\ndata', ': x\ndata: ', ''].flatMap(text => [Buffer.from(text), bad]),
      );
      return [SOON, answer(Buffer.concat([body, Buffer.from('\n\n')]))];
    }),
  ],
  [
    'send any id as its UTF-8 bytes [pitfall 22] [pitfall 23]',
    IDS.map(id => stream(`data: a\nid: ${id}\n\ndata: b\n\n`)),
  ],
  [
    'send an id with control characters, or don’t',
    CONTROL_IDS.map(id => stream(`data: a\nid: ${id}\n\ndata: b\n\n`)),
    'an id with control characters',
  ],
  [
    'keep the last event ID, across reconnects too, until an empty id clears it [pitfall 24]',
    ['id', 'id:', 'id: '].map(id => [
      SOON,
      answer('id: 1\ndata: a\n\ndata: b\n\n'),
      answer('data: c\n\n'),
      answer(),
      answer(`${id}\ndata: d\n\ndata: e\n\n`),
      answer('data: f\n\n'),
    ]),
  ],
  [
    'update the last event ID with a block without data [pitfall 24] [pitfall 29]',
    [[SOON, answer('id: 1\ndata: a\n\nid: 2\n\n'), answer('event: chat\nid: 3\n\n'), answer('data: b\n\nid\n\n')]],
  ],
  [
    'ignore an incomplete block [pitfall 24] [pitfall 29]',
    (['complete', 'cut', 'reset'] as const).flatMap(ending =>
      ['', '\n', '\r'].map(tail => [
        SOON,
        answer(`id: 1\ndata: a\n\nid: 2\nevent: chat\ndata: b${tail}`, { ending }),
        answer('data: c\n\n'),
      ]),
    ),
  ],
  [
    'reconnect after no response, and after a response that ends or breaks [pitfall 10]',
    (['complete', 'cut', 'reset', 'unanswered'] as const).flatMap(ending =>
      (['chunked', 'length', 'close'] as const).map(framing => [
        SOON,
        answer('id: 1\ndata: a\n\n', { ending, framing }),
        answer('', { ending, framing }),
        answer('data: b\n\n', { ending, framing }),
      ]),
    ),
  ],
  ['stop after status 204', [[answer('data: a\n\n', { status: 204 })], stream('data: a\n\n', { status: 204 }), [SOON]]],
  [
    'wait as long as the last valid retry field says [pitfall 11]',
    TIMES.map(time => stream(`retry: 900\n\nretry: ${time}\ndata: a\n\n`)),
  ],
  [
    'deliver events of the types open, error and message like any other',
    [stream('event: open\ndata: a\n\nevent: error\ndata: b\n\nevent: message\ndata: c\n\nevent\ndata: d\n\n')],
  ],
  ['accept text/event-stream in any case and with any parameters', ofTypes(STREAM_TYPES)],
  ['accept no other type', ofTypes(OTHER_TYPES)],
  ['accept a type with another charset, or don’t', ofTypes(CHARSET_TYPES), 'a charset'],
  ['accept a type with text after it, or don’t', ofTypes(TRAILED_TYPES), 'text after the media type'],
  [
    'use the last of several types',
    ofTypes([
      { lines: ['text/event-stream', 'text/event-stream'], openedBy: CLIENTS },
      { lines: ['text/event-stream, text/event-stream'], openedBy: CLIENTS },
      { lines: ['text/plain, text/event-stream'], openedBy: CLIENTS },
      { lines: ['text/plain;x=",", text/event-stream'], openedBy: CLIENTS },
      { lines: ['text/event-stream', ''], openedBy: CLIENTS },
      { lines: ['text/event-stream, */*'], openedBy: CLIENTS },
      { lines: ['text/event-stream, text/plain'], openedBy: [] },
      { lines: ['text/event-stream', 'text/plain;charset=utf-8'], openedBy: [] },
    ]),
  ],
  [
    'treat only spaces and tabs as whitespace around a type',
    ofTypes(['\u00a0', '\v', '\f'].map(space => ({ lines: [`text/event-stream${space}`], openedBy: [] }))),
  ],
  ['accept only status 200, whatever the type [pitfall 12]', ofStatuses(FINAL)],
  ['give up after a transient status, or don’t [pitfall 13]', ofStatuses(TRANSIENT), 'a transient status'],
  [
    'give up when the last event ID is refused, or start over without it [pitfall 49]',
    [409, 410, 412].map(status => [
      SOON,
      answer('id: ü€\ndata: a\n\n'),
      answer('', { status }),
      answer('id: 2\ndata: b\n\n'),
      // The second refusal is of the next position.
      answer('', { status }),
      answer('data: c\n\n'),
    ]),
    'a refused position',
  ],
  [
    'follow redirects with the last event ID, and reconnect',
    [...REDIRECTS.map(status => [status]), REDIRECTS].map(redirects => [
      SOON,
      answer('id: ü€\ndata: a\n\n'),
      answer('data: b\n\n', { redirects }),
      answer('id: 2\ndata: c\n\n'),
      answer('', { redirects, ending: 'unanswered' }),
    ]),
    'a reconnect after a redirect',
  ],
];
