// Streams that are open and idle after one event each, in a process of their own: what they cost here is not counted.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { answerQuestions } from '../lib/answer-questions.mjs';

let requests = 0;
const server = createServer((_request, response) => {
  requests++;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('data: open\n\n');
});
server.listen({ port: 0, host: '0.0.0.0', backlog: 4096 });
const listening = once(server, 'listening');

answerQuestions({
  async port() {
    await listening;
    return server.address().port;
  },
  requests: () => requests,
});
