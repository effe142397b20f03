import { isToldByEvents } from './expected-transcript.js';
import { randomStream } from './random-stream.js';
import { seededRandom } from './seeded-random.js';
import {
  type Answer,
  answer,
  CHARSET_TYPES,
  CLIENTS,
  OTHER_TYPES,
  type Script,
  STREAM_TYPES,
  TRAILED_TYPES,
} from './script.js';

export const BYTE_ORDER_MARK = '\ufeff';
export const LINE_ENDS = [['\n'], ['\r'], ['\r\n'], ['\n', '\r', '\r\n']];
const FIELDS = ['data', 'data', 'data', 'id', 'id', 'event', 'retry', '', 'other'];
export const IDS = [
  ...['', '', '1', '42', 'a b', ' led by a space', 'tail \t', ' \t ', 'a\tb', 'id: 1', '%0A', ',"\\'],
  ...['ü', 'ÿ', '\u0080\u009f', '\u00a0', 'ü€', '😀', '\u2028', BYTE_ORDER_MARK, '\ufffd', 'a\0b', '\0'],
  ...['x'.repeat(5000), 'é€😀'.repeat(500)],
];
export const CONTROL_IDS = ['\x01', 'a\x08', '\x0b\x0c', 'a\x1fb', '\x7f'];
const TYPES = ['', 'chat', 'message', 'open', 'error', 'ü€', ' a', 'Message'];
const TEXTS = ['', 'a', ' b ', 'c: d', '{"e":"é€😀"}', BYTE_ORDER_MARK, '\0', 'x'.repeat(300)];
export const TIMES = ['0', '1', '5', '20', '0300', '70000x', '-1', '1e3', '1.5', ' 8', '٣', '9'.repeat(20)];
export const BAD_BYTES = [[0x80], [0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xef, 0xbb]];
export const REDIRECTS = [301, 302, 303, 307, 308];
export const TRANSIENT = [408, 425, 429, 500, 502, 503, 504];
export const FINAL = [201, 202, 206, 300, 302, 304, 400, 401, 403, 404, 409, 410, 412];

/** Returns a script of a few responses with many errors and rare cases. The same seed returns the same script. */
export function randomScript(seed: number): Script {
  const random = seededRandom(seed);
  const upTo = (count: number) => Math.floor(random() * count);
  const oneOf = <T>(values: readonly T[]) => values[upTo(values.length)] as T;
  const chance = (probability: number) => random() < probability;
  const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);

  /** Returns event stream text, most of it well-formed. */
  const blocks = (): Uint8Array => {
    const lineEnds = oneOf(LINE_ENDS);
    const values: Record<string, () => string> = {
      data: () => oneOf(TEXTS),
      id: () => oneOf(chance(0.02) ? CONTROL_IDS : IDS),
      event: () => oneOf(TYPES),
      retry: () => oneOf(TIMES),
    };
    const line = () => {
      const field = oneOf(FIELDS);
      const bytes = Buffer.from(`${field}${oneOf([':', ': '])}${(values[field] ?? values['data'])?.()}`);
      return [bytes, Buffer.from(chance(0.05) ? oneOf(BAD_BYTES) : []), Buffer.from(oneOf(lineEnds))];
    };
    const block = () => [...times(1 + upTo(4), line).flat(), Buffer.from(oneOf(lineEnds))];
    return Buffer.concat([Buffer.from(chance(0.2) ? BYTE_ORDER_MARK : ''), ...times(upTo(10), block).flat()]);
  };

  const randomAnswer = (): Answer => {
    const stream = chance(0.3) ? randomStream(upTo(2 ** 32)) : blocks();
    const status = chance(0.92) ? 200 : oneOf([TRANSIENT, FINAL, [204]].flatMap(list => [oneOf(list)]));
    const contentType = oneOf(chance(0.96) ? STREAM_TYPES : oneOf([OTHER_TYPES, CHARSET_TYPES, TRAILED_TYPES]));
    const isOpened = status === 200 && contentType.openedBy.length === CLIENTS.length;
    const body = chance(0.3) ? stream.subarray(0, upTo(stream.length + 1)) : stream;
    return answer(body, {
      redirects: chance(0.03) ? times(1 + upTo(3), () => oneOf(REDIRECTS)) : [],
      status,
      contentType,
      // Limits the number of pieces, because each costs a turn of the event loop.
      pieceSize: Math.max(oneOf([1, 2, 3, 7, 20, Infinity]), Math.ceil(body.length / 40)),
      framing: oneOf(['chunked', 'chunked', 'length', 'close']),
      ending: chance(0.08)
        ? 'unanswered'
        : isOpened && isToldByEvents(body)
          ? oneOf(['complete', 'cut', 'reset'])
          : 'complete',
    });
  };

  // Most scripts let the browser reconnect soon, instead of after its 3 seconds.
  const first = chance(0.95) ? [answer(`retry: ${oneOf(['0', '1', '10'])}\n\n`)] : [];
  return [...first, ...times(2 + upTo(6), randomAnswer)];
}
