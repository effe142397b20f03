// What listens on the port once the server is dead: it writes down when each client arrives, hangs up on it so many times, and is well then.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { answerQuestions } from '../lib/answer-questions.mjs';
import { now } from '../lib/measures.mjs';

const ANSWER =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: keep-alive\r\n\r\ndata: the server is back\n\n';

/** When each client arrived, by its name. @type {Map<string, number[]>} */
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
  /** Takes the place of the server that was there. */
  async listen(options) {
    ({ refusals } = options);
    server.listen({ port: options.port, host: '127.0.0.1', backlog: 4096 });
    await once(server, 'listening');
  },
  /** When each client arrived, once so many have a stream. */
  async arrivals(clients) {
    while (served < clients) await new Promise(resolve => (changed = resolve));
    return [...arrivals];
  },
});
