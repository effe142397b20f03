// The server runs in its own process, so that only the client's cost is measured.
import { createServer } from 'node:http';
import { block } from './events.mjs';

const bytes = Buffer.from(block.text);
const ends = block.ends;

/** Writes `count` events in HTTP chunks of one block, as fast as they are read. */
async function write(response, count) {
  for (let left = count; left > 0 && !response.destroyed; left -= ends.length) {
    const room = response.write(left >= ends.length ? bytes : bytes.subarray(0, ends[left - 1]));
    if (!room) {
      await new Promise(resolve => {
        const resume = () => {
          response.off('drain', resume).off('close', resume);
          resolve(undefined);
        };
        response.on('drain', resume).on('close', resume);
      });
    }
  }
}

/** Responses that wait for the signal to continue. */
let held = [];
let connection = 0;

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const count = Number(searchParams.get('count') ?? 0);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (pathname === '/events') {
    await write(response, count);
    response.end();
  } else if (pathname === '/once') {
    // A new id each time, so the position changes with every connection.
    response.end(`id: ${++connection}\ndata: ${connection}\n\n`);
  } else {
    // Sends one event now, to show that the stream is open, and the others, less than a block, when all streams
    // continue.
    response.write(bytes.subarray(0, ends[0]));
    held.push(() => response.end(bytes.subarray(ends[0], ends[count - 1])));
  }
});

process.on('message', () => {
  for (const goOn of held) goOn();
  held = [];
});
process.on('disconnect', () => process.exit());

server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send?.({ port: server.address().port }));
