import { createServer, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { createClient } from 'redis';
import { createResumableStreamContext } from 'resumable-stream';
import { firstValueFrom, Subject } from 'rxjs';
import { listen, type Serve } from '../contender.js';

const STREAM = 'answer';
/**
 * The time limit for resuming, in milliseconds. The library waits 1 s for the producer, with a timer. If a busy process
 * fires the timer less than 1 s after its own reading of the clock, the library doesn't respond or give up, so a server
 * needs its own limit.
 */
const LIMIT = 5_000;

/**
 * One stream, started by the first message that this process publishes, and resumed by each client that requests it:
 * the explicit API of its README. A position is a number of characters, so the ids of the events are, too.
 */
export const serve: Serve = async ({ redisUrl }) => {
  const connect = () =>
    createClient({ url: redisUrl })
      .on('error', () => undefined)
      .connect();
  const context = createResumableStreamContext({
    waitUntil: null,
    publisher: await connect(),
    subscriber: await connect(),
    doneWatchdogIntervalMs: 100,
  });
  const source = new Source();
  const server = createServer((request, response) => {
    const skip = Number(request.headers['last-event-id'] ?? 0);
    const tooLate = setTimeout(LIMIT, undefined, { ref: false }).then(() => Promise.reject(new Error('too late')));
    Promise.race([context.resumeExistingStream(STREAM, skip), tooLate]).then(
      stream => answer(response, stream),
      () => response.writeHead(500).end(),
    );
  });
  let length = 0;
  return {
    url: await listen(server),
    async publish(number, padding) {
      if (length === 0) await context.createNewResumableStream(STREAM, () => source.stream);
      const data = `data: ${JSON.stringify({ number, padding })}\n\n`;
      // The id is the position where the event ends, and the id's own length counts, too.
      const idLength = 'id: 000000000\n'.length;
      length += idLength + data.length;
      await source.push(`id: ${String(length).padStart(9, '0')}\n${data}`);
    },
    async forget() {
      source.end();
      while ((await context.hasExistingStream(STREAM)) !== 'DONE') await setTimeout(20);
    },
  };
};

/** Responds as in its README. */
function answer(response: ServerResponse, stream: ReadableStream<string> | null | undefined): void {
  if (!stream) {
    response.writeHead(422).end('Stream is already done');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  pipeline(Readable.fromWeb(stream as never), response).catch(() => undefined);
}

/** A stream of strings. */
class Source {
  private controller: ReadableStreamDefaultController<string> | undefined;
  private wanted = new Subject<void>();
  private want = firstValueFrom(this.wanted);
  readonly stream = new ReadableStream<string>(
    {
      start: controller => void (this.controller = controller),
      pull: () => this.wanted.next(),
    },
    { highWaterMark: 0 },
  );

  /** Enqueues the text when the consumer wants it, which is when the text before has been published. */
  async push(text: string): Promise<void> {
    await this.want;
    this.want = firstValueFrom(this.wanted);
    this.controller?.enqueue(text);
  }

  end(): void {
    this.controller?.close();
  }
}
