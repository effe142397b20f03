// The server that dies. It sends `retry:` and an event, and keeps the stream open.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { answerQuestions, options } from '../lib/answer-questions.mjs';

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`retry: ${options.retry}\ndata: open\n\n`);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
const listening = once(server, 'listening');

answerQuestions({
  async port() {
    await listening;
    return server.address().port;
  },
});
