// Posts messages to the chat over a few bare sockets, and writes down when each was sent.
import { createConnection } from 'node:net';
import { answerQuestions, options } from '../lib/answer-questions.mjs';
import { now } from '../lib/measures.mjs';

/** A message of a chat: its event has about 200 bytes. */
const BODY = JSON.stringify({
  author: 'ada',
  message: 'The quick brown fox jumps over the lazy dog, and nobody who reads the chat is surprised.',
});
const REQUEST = Buffer.from(
  [
    'POST /chat/new HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${BODY.length}`,
    'Connection: keep-alive',
    '',
    BODY,
  ].join('\r\n'),
);

/** Fewer have no 99th percentile. */
const FEWEST = 100;
/** The end of an answer: it comes in HTTP chunks. */
const LAST_CHUNK = '\r\n0\r\n\r\n';

/** Posts on one connection, one after the other. */
class Line {
  #answered;
  #failed;
  #text = '';

  constructor() {
    this.socket = createConnection({ port: options.port, host: '127.0.0.1', noDelay: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', text => this.#read(text));
    this.socket.on('error', error => this.#failed?.(error));
    this.socket.on('close', () => this.#failed?.(new Error('the server has closed a connection')));
  }

  /** Fulfilled with the number of the message once it is stored. @returns {Promise<number>} */
  post() {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.socket.write(REQUEST);
    });
  }

  #read(text) {
    this.#text += text;
    if (!this.#text.endsWith(LAST_CHUNK)) return;
    const [, id] = /^HTTP\/1.1 201 [^]*\{"id":(\d+),/.exec(this.#text) ?? [];
    if (id) this.#answered(Number(id));
    else this.#failed(new Error(this.#text));
    this.#text = '';
  }
}

async function withLines(count, use) {
  const lines = Array.from({ length: count }, () => new Line());
  try {
    await Promise.all(lines.map(use));
  } finally {
    for (const { socket } of lines) socket.destroy();
  }
}

/** When the messages were sent, by their numbers, the first one first. */
function inOrder(sent) {
  const numbers = [...sent.keys()].sort((a, b) => a - b);
  if (numbers.at(-1) - numbers[0] !== numbers.length - 1) throw new Error('the numbers of the messages have a hole');
  return { first: numbers[0], sent: numbers.map(number => sent.get(number)) };
}

answerQuestions({
  /** As fast as the server takes them, `inFlight` at once, for some seconds, or until there are `count`. */
  async flood({ inFlight, seconds = Infinity, count = Infinity }) {
    const sent = new Map();
    const end = now() + seconds * 1000;
    let begun = 0;
    await withLines(inFlight, async line => {
      while (now() < end && begun < count) {
        begun++;
        const at = now();
        sent.set(await line.post(), at);
      }
    });
    return inOrder(sent);
  },

  /** A number of messages a second, for some seconds. A message that finds no free connection has waited since it was due. */
  async pace({ inFlight, rate, seconds }) {
    const sent = new Map();
    const count = Math.max(FEWEST, Math.round(rate * seconds));
    const start = now() + 50;
    const due = Array.from({ length: count }, (_, i) => start + (i * 1000) / rate);
    await withLines(inFlight, async line => {
      for (let at; (at = due.shift()) !== undefined;) {
        const wait = at - now();
        if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait));
        // That a timer here was late is no latency of the server.
        const from = wait > 0 ? now() : at;
        sent.set(await line.post(), from);
      }
    });
    return inOrder(sent);
  },
});
