import { describe, expect, it } from '@jest/globals';
import {
  EventStreamDecoderStream,
  type EventStreamDecoderStreamOptions,
  EventTooLargeError,
  type ServerSentEvent,
} from '../../src/parser/index.js';
import { itChecked } from '../support/checked.js';
import { firstSeed, randomStream } from '../support/random-stream.js';
import { referenceParser } from '../support/reference-parser.js';
import { SseServer } from '../support/sse-server.js';
import { everySplit } from '../parsing/parse-chunks.js';

const message = (data: string, lastEventId = ''): ServerSentEvent => ({ type: 'message', data, lastEventId });

/** A stream of chunks, with the number of pulled chunks and the reason of a cancellation. */
function streamOf<T>(chunks: readonly T[]) {
  const state = { pulled: 0, cancelled: undefined as unknown };
  const stream = new ReadableStream<T>(
    {
      pull: controller => {
        const chunk = chunks[state.pulled++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: reason => void (state.cancelled = reason),
    },
    { highWaterMark: 0 },
  );
  return { stream, state };
}

async function readAll(stream: ReadableStream<ServerSentEvent>) {
  const events: ServerSentEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe('EventStreamDecoderStream', () => {
  it('is a TransformStream', () => {
    expect(new EventStreamDecoderStream()).toBeInstanceOf(TransformStream);
  });

  it('agrees with the standard for every split of random streams [pitfall 26]', async () => {
    for (let seed = firstSeed; seed < firstSeed + 5; seed++) {
      const bytes = randomStream(seed);
      const { items, lastEventId } = referenceParser(bytes);
      for (const chunks of everySplit(bytes)) {
        const decoder = new EventStreamDecoderStream();
        const events = await readAll(streamOf(chunks).stream.pipeThrough(decoder));
        expect({ seed, events, position: decoder.lastEventId }).toEqual({
          seed,
          events: items.flatMap(item => (item.kind === 'event' ? [item.event] : [])),
          position: lastEventId,
        });
      }
    }
  });

  it('parses bytes and text, starts from the given position, and reports everything else by callbacks', async () => {
    const said: unknown[] = [];
    const decoder = new EventStreamDecoderStream({
      lastEventId: '7',
      onComment: text => said.push(text),
      onRetryTime: milliseconds => said.push(milliseconds),
      onIgnoredLine: line => said.push(line),
    });
    const chunks = [
      'data: a\n\n: hi\nretry: 5\nx: y\nid: 8\nda',
      new TextEncoder().encode('ta: b\n\ndata: unfinished'),
    ];
    expect(await readAll(streamOf(chunks).stream.pipeThrough(decoder))).toEqual([message('a', '7'), message('b', '8')]);
    expect(said).toEqual(['hi', 5, 'x: y']);
  });

  it('errors both sides if an event is too large, after the previous events [pitfall 33]', async () => {
    const decoder = new EventStreamDecoderStream({ maxEventSize: 10 });
    const { stream, state } = streamOf(['data: a\n\n', 'data: b\n\ndata: 01234567890\n\n', 'data: c\n\n']);
    const reader = stream.pipeThrough(decoder).getReader();
    expect((await reader.read()).value).toEqual(message('a'));
    await expect(reader.read().then(() => reader.read())).rejects.toBeInstanceOf(EventTooLargeError);
    expect(state).toMatchObject({ pulled: 2, cancelled: expect.any(EventTooLargeError) });
  });

  it('errors with the error that a callback throws', async () => {
    const failure = new Error('mine');
    const decoder = new EventStreamDecoderStream({
      onComment: () => {
        throw failure;
      },
    });
    await expect(readAll(streamOf([': a\n']).stream.pipeThrough(decoder))).rejects.toBe(failure);
  });

  it('pulls only as many chunks as its reader needs', async () => {
    const { stream, state } = streamOf(Array.from({ length: 100 }, (_, index) => `data: ${index}\n\n`));
    const reader = stream.pipeThrough(new EventStreamDecoderStream()).getReader();
    await reader.read();
    await reader.read();
    await new Promise(setImmediate);
    expect(state.pulled).toBeLessThan(6);
    await reader.cancel('enough');
    expect(state.cancelled).toBe('enough');
  });

  itChecked.each([
    [{ lastEventId: 7 }, '`lastEventId`'],
    [{ maxEventSize: -1 }, '`maxEventSize`'],
    [{ onComment: 1 }, '`onComment`'],
    [{ onRetryTime: 'x' }, '`onRetryTime`'],
    [{ onIgnoredLine: {} }, '`onIgnoredLine`'],
  ])('throws for the options %p', (options, name) => {
    expect(() => new EventStreamDecoderStream(options as unknown as EventStreamDecoderStreamOptions)).toThrow(name);
  });

  it('closes the connection when its reader stops [pitfall 4]', async () => {
    const server = await SseServer.start(exchange => exchange.open().send('id: 1\ndata: é\n\n'));
    try {
      const { body } = await fetch(server.url);
      for await (const event of body?.pipeThrough(new EventStreamDecoderStream()) ?? []) {
        expect(event).toEqual(message('é', '1'));
        break;
      }
      await server.idle();
      expect(server.exchanges).toHaveLength(1);
    } finally {
      await server.close();
    }
  });
});
