// Replaces the dead server on its port. It records when each client arrives, closes its connection a number of times, and then serves it.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { answerQuestions } from '../lib/answer-questions.mjs';
import { now } from '../lib/measures.mjs';

const ANSWER =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: keep-alive\r\n\r\ndata: the server is back\n\n';

/** The arrivals of each client, by its name. @type {Map<string, number[]>} */
const arrivals = new Map();
let refusals = 0;
let served = 0;
let changed = () => undefined;

const server = createServer(socket => {
  const at = now();
  let text = '';
  socket.setEncoding('latin1').on('error', () => undefined);
  socket.on('data', data => {
    text += data;
    if (!text.endsWith('\r\n\r\n')) return;
    const [, client] = /^GET \/\?client=(\S+) /.exec(text) ?? [];
    const times = arrivals.get(client) ?? [];
    arrivals.set(client, [...times, at]);
    if (times.length < refusals) {
      socket.destroy();
      return;
    }
    served++;
    socket.write(ANSWER);
    changed();
  });
});

answerQuestions({
  /** Replaces the previous server. */
  async listen(options) {
    ({ refusals } = options);
    server.listen({ port: options.port, host: '127.0.0.1', backlog: 4096 });
    await once(server, 'listening');
  },
  /** Returns the arrivals of each client, once this many have a stream. */
  async arrivals(clients) {
    while (served < clients) await new Promise(resolve => (changed = resolve));
    return [...arrivals];
  },
});
