import { type ServerSentEvent, parseEventStream } from 'rx-sse';
import { createEventStreamParser, EventStreamDecoderStream } from 'rx-sse/parser';
import { fakeEventSource } from 'rx-sse/testing';
import { of } from 'rxjs';
import { behaviour, equal, event } from '../behaviour.js';

const bytes = new TextEncoder().encode('id: 1\ndata: é€\n\nretry: 5\ndata: b\n\n');

export const doors = [
  behaviour('parseEventStream reads chunks of bytes', async stage => {
    const chunks = [bytes.subarray(0, 13), bytes.subarray(13)];
    equal(await stage.observe(of(...chunks).pipe(parseEventStream())).completed(), [event('é€', '1'), event('b', '1')]);
  }),
  behaviour('the parser by itself', () => {
    const events: ServerSentEvent[] = [];
    const times: number[] = [];
    const parser = createEventStreamParser({
      onEvent: event => events.push(event),
      onRetryTime: time => times.push(time),
    });
    for (const byte of bytes) parser.push(Uint8Array.of(byte));
    parser.end();
    equal([events, times, parser.lastEventId], [[event('é€', '1'), event('b', '1')], [5], '1']);
    return Promise.resolve();
  }),
  behaviour(
    'the parser as a TransformStream of a body',
    async stage => {
      const script = await stage.script({ steps: [{ send: 'id: 1\ndata: a\n\n' }, { send: 'data: b\n\n' }] });
      const { body } = await fetch(script.url);
      const reader = (body as ReadableStream<Uint8Array>).pipeThrough(new EventStreamDecoderStream()).getReader();
      const events = [];
      for (let read; !(read = await reader.read()).done;) events.push(read.value);
      equal(events, [event('a', '1'), event('b', '1')]);
    },
    'transform-stream',
  ),
  behaviour('a fake server, without a network', async stage => {
    const server = fakeEventSource();
    const events = stage.events({ url: '/chat' }, { fetch: server.fetch });
    server.expectConnection('/chat').open().send({ id: '1', data: 'a' });
    equal(await events.first(1), [event('a', '1')]);
  }),
];
