import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { http, HttpResponse, sse } from 'msw';
import { setupServer } from 'msw/node';
import { filter } from 'rxjs';
import { ConnectionError, fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';

const STREAM = 'http://chat.test/stream';
const EVENT_STREAM = { headers: { 'content-type': 'text/event-stream' } };
const AT_ONCE = { reconnect: { delay: 1 } };

/** The setup of an application's tests: nothing listens on that address. */
describe('MSW in Node', () => {
  const msw = setupServer();
  beforeAll(() => msw.listen({ onUnhandledRequest: 'error' }));
  afterEach(() => msw.resetHandlers());
  afterAll(() => msw.close());

  describe('its http handler with a stream as the body', () => {
    it('sends single bytes, and receives Last-Event-ID after a body that failed and one that ended', async () => {
      const positions: (string | null)[] = [];
      const bodies: ReadableStreamDefaultController<Uint8Array>[] = [];
      msw.use(
        http.get(STREAM, ({ request }) => {
          const id = positions.push(request.headers.get('last-event-id'));
          if (id === 3) return new HttpResponse(null, { status: 204 });
          const bytes = Buffer.from(`: hi\nid: ${id}-ü\nevent: chat\ndata: Straße\ndata: 𝄞\n\n`);
          const body = new ReadableStream<Uint8Array>({
            start(controller) {
              bodies.push(controller);
              for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
            },
          });
          return new HttpResponse(body, EVENT_STREAM);
        }),
      );
      const lifecycle = observe(fromEventSourceLifecycle(STREAM, AT_ONCE));
      const event = (lastEventId: string) => ({ type: 'chat', data: 'Straße\n𝄞', lastEventId });

      expect((await lifecycle.find(ofKind('event'))).event).toEqual(event('1-ü'));
      expect(lifecycle.values).toContainEqual({ kind: 'comment', text: 'hi' });
      bodies[0]?.error(new TypeError('the line went dead'));
      const { error } = await lifecycle.find(ofKind('waiting'));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({ cause: { message: 'the line went dead' } });

      const second = await lifecycle.find(item => item.kind === 'event' && item.event.lastEventId === '2-ü');
      expect(second).toEqual({ kind: 'event', event: event('2-ü') });
      bodies[1]?.close();
      expect((await lifecycle.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
      const utf8 = positions.map(position => position && Buffer.from(position, 'latin1').toString());
      expect(utf8).toEqual([null, '1-ü', '2-ü']);
    });

    it('sees the request aborted when the client unsubscribes', async () => {
      let aborted: Promise<void> | undefined;
      msw.use(
        http.get(STREAM, ({ request }) => {
          aborted = new Promise(resolve => request.signal.addEventListener('abort', () => resolve()));
          const start = (controller: ReadableStreamDefaultController) =>
            controller.enqueue(Buffer.from('data: hello\n\n'));
          return new HttpResponse(new ReadableStream({ start }), EVENT_STREAM);
        }),
      );
      const events = observe(fromEventSource(STREAM));
      await events.first(1);

      events.subscription.unsubscribe();
      await expect(aborted).resolves.toBeUndefined();
    });
  });

  describe('its sse handler', () => {
    // MSW refuses to create this handler without a global EventSource, as in Node 20, but doesn't use it.
    const scope: { EventSource?: unknown } = globalThis;
    const { EventSource } = scope;
    beforeEach(() => {
      scope.EventSource ??= EventTarget;
    });
    afterEach(() => {
      scope.EventSource = EventSource;
      jest.restoreAllMocks();
    });

    it('sends events, receives Last-Event-ID after an error and a close, and sees the request aborted at the end', async () => {
      // MSW closes its side again when the request of an ended stream is aborted, and logs that it can't.
      jest.spyOn(console, 'error').mockReturnValue();
      const positions: (string | null)[] = [];
      const clients: { error(): void; close(): void }[] = [];
      let aborted: Promise<void> | undefined;
      msw.use(
        sse<{ chat: { text: string }; message: string }>(STREAM, ({ client, request }) => {
          aborted = new Promise(resolve => request.signal.addEventListener('abort', () => resolve()));
          positions.push(request.headers.get('last-event-id'));
          client.send({ retry: 1 });
          client.send({ event: 'chat', id: `${clients.push(client)}`, data: { text: 'Straße\n𝄞' } });
          client.send({ data: ' first\n\nthird\n' });
        }),
      );
      const lifecycle = observe(
        fromEventSourceLifecycle(STREAM, AT_ONCE).pipe(
          filter(({ kind }) => kind === 'retry-time' || kind === 'event' || kind === 'waiting'),
        ),
      );
      const sent = (lastEventId: string) => [
        { kind: 'retry-time', milliseconds: 1 },
        { kind: 'event', event: { type: 'chat', data: '{"text":"Straße\\n𝄞"}', lastEventId } },
        // MSW writes no space after the colon, so the parser removes the leading space of the data instead.
        { kind: 'event', event: { type: 'message', data: 'first\n\nthird\n', lastEventId } },
      ];

      await lifecycle.first(3);
      clients[0]?.error();
      await lifecycle.first(7);
      clients[1]?.close();
      const lost = { kind: 'waiting', error: expect.any(ConnectionError) as unknown };
      const ended = { kind: 'waiting' };
      expect(await lifecycle.first(11)).toMatchObject([...sent('1'), lost, ...sent('2'), ended, ...sent('3')]);
      expect(positions).toEqual([null, '1', '2']);

      lifecycle.subscription.unsubscribe();
      await expect(aborted).resolves.toBeUndefined();
    });
  });
});
