// Subscribers of the chat that do as little as can be done: bare sockets, whose events are counted.
import { createConnection } from 'node:net';
import { answerQuestions, options } from './answer-questions.mjs';
import { cpuTime, now } from './measures.mjs';

const REQUEST =
  'GET /chat/stream?from=now HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nConnection: keep-alive\r\n\r\n';
/** How many connect at once. */
const AT_ONCE = 50;
/** The begin of each event of the chat. A server writes an event in one piece; only a read may cut it. */
const MARK = Buffer.from('event:chat');
const NOTHING = Buffer.alloc(0);
/** Bytes are counted, and forgotten: one place for all of them does. */
const place = Buffer.alloc(64 * 1024);

/** How many streams have had the first event since the start, the second and so on; and when the last of them had it. */
let counts = [];
let times = [];
let failure;
let changed = () => undefined;
const streams = [];

class Stream {
  isOpen = false;
  /** How many events have come. */
  seen = 0;
  /** The text of the stream, if it is checked. */
  text = undefined;
  /** Text that may be the start of a mark. */
  #rest = NOTHING;

  constructor(opened) {
    const take = (size, bytes) => {
      if (this.isOpen) this.#count(bytes.subarray(0, size));
      else this.#open(bytes.toString('latin1', 0, size), opened);
      return true;
    };
    const { port } = options;
    this.socket = createConnection({ port, host: '127.0.0.1', onread: { buffer: place, callback: take } });
    this.socket.on('error', error => (failure ??= error.message));
    this.socket.on('close', () => {
      failure ??= 'the server has closed a stream';
      changed();
    });
    this.socket.write(REQUEST);
  }

  /** The stream begins with an id alone, which says that it is live. */
  #open(text, opened) {
    this.text = (this.text ?? '') + text;
    if (!/^HTTP\/1.1 200 /.test(this.text)) failure ??= this.text;
    if (!/\nid:\S+\n\n/.test(this.text)) return;
    this.text = undefined;
    this.isOpen = true;
    opened();
  }

  #count(bytes) {
    if (this.text !== undefined) this.text += bytes.toString('latin1');
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    let end = 0;
    let at;
    for (let found = all.indexOf(MARK); found !== -1; found = all.indexOf(MARK, end)) {
      end = found + MARK.length;
      at ??= now();
      counts[this.seen] = (counts[this.seen] ?? 0) + 1;
      times[this.seen] = at;
      this.seen++;
    }
    // Copied: the place is read into again.
    this.#rest = Buffer.from(all.subarray(Math.max(end, all.length - MARK.length + 1)));
    if (at !== undefined) changed();
  }

  /** The numbers of the messages that came, from the text. */
  get numbers() {
    return [...this.text.matchAll(/id:\d+-(\d+)\ndata:\{"id":(\d+),/g)].map(([, position, id]) =>
      position === id ? Number(id) : NaN,
    );
  }
}

answerQuestions({
  /** Connects until there are so many. */
  async open(count) {
    const openInTurn = async () => {
      while (streams.length < count && !failure) {
        await new Promise(opened => streams.push(new Stream(opened)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, openInTurn));
  },

  /** Counts from the start; with `checked` the text is kept, too. */
  start({ checked = false }) {
    counts = [];
    times = [];
    for (const stream of streams) {
      stream.seen = 0;
      stream.text = checked ? '' : undefined;
    }
  },

  /** When the last stream had the first event, the second and so on; once all have so many. */
  async all(count) {
    while ((counts[count - 1] ?? 0) !== streams.length) {
      if (failure) throw new Error(`A stream failed: ${failure}`);
      await new Promise(resolve => (changed = resolve));
    }
    return times;
  },

  used: () => cpuTime(),

  /** The numbers of the messages that each stream had since the start: it must have been checked. */
  numbers: () => streams.map(({ numbers }) => numbers),
});
