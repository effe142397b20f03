/* eslint jest/no-export: off -- what a chat does holds wherever its messages are kept, and each place has a spec of its own */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { BehaviorSubject, filter, firstValueFrom, merge, ReplaySubject, Subject, tap } from 'rxjs';
import { type ChatMessage, type ChatSnapshot, LOBBY, MAX_LENGTH } from '../../examples/chat/chat-message.js';
import {
  HistoryLostError,
  MAX_WAITING,
  type MessageStore,
  type Page,
  PAGE_SIZE,
} from '../../examples/chat/server/message-store.js';
import { fromEventSource, type ServerSentEvent } from '../../src/index.js';
import { createEventStreamParser } from '../../src/parser/index.js';
import { observe, ofKind } from '../support/observe.js';
import { until } from '../support/until.js';
import type { ChatFixture, ChatFixtureOptions } from './chat-fixture.js';

export const messageOf = (event: ServerSentEvent) => JSON.parse(event.data) as ChatMessage;
export const idsOf = (events: readonly ServerSentEvent[]) => events.map(event => messageOf(event).id);
/** Returns a predicate for the event whose id ends with the number, in any epoch. */
export const withId = (id: number) => (event: ServerSentEvent) => event.lastEventId.endsWith(`-${id}`);
/** Returns the numbers from `first` to `last`. */
export const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Returns a store in front of another one, with other pages. */
const withPages = (store: MessageStore, page: MessageStore['page']): MessageStore => ({
  page,
  append: (room, draft) => store.append(room, draft),
  follow: room => store.follow(room),
  trim: (room, keep) => store.trim(room, keep),
  close: () => store.close(),
});

/** Tests the behaviour of a chat, independent of where its messages are stored. */
export function describeChat(start: (options?: ChatFixtureOptions) => Promise<ChatFixture>): void {
  let chat: ChatFixture;
  beforeEach(async () => {
    chat = await start();
  });
  afterEach(() => chat.close());

  describe('GET /chat/stream', () => {
    it('replays the messages after Last-Event-ID, and continues with new ones', async () => {
      const stored = [await chat.post('one'), await chat.post('two'), await chat.post('three')];
      const events = chat.events({ lastEventId: await chat.idOf(1) });
      await events.find(withId(3));
      stored.push(await chat.post('four'));
      await events.find(withId(4));
      const ids = await Promise.all(stored.map(({ id }) => chat.idOf(id)));
      expect(events.values).toEqual(
        stored
          .map((message, index) => ({ type: 'chat', data: JSON.stringify(message), lastEventId: ids[index] }))
          .slice(1),
      );
    });

    it.each(['', '0-0'])('replays all messages after %j, without a gap', async lastEventId => {
      await chat.post('one');
      await chat.post('two');
      const lifecycle = chat.lifecycle({ lastEventId });
      await lifecycle.find(step => step.kind === 'event' && withId(2)(step.event));
      expect(lifecycle.values.filter(ofKind('event')).map(({ event }) => [event.type, event.lastEventId])).toEqual([
        ['chat', await chat.idOf(1)],
        ['chat', await chat.idOf(2)],
      ]);
      expect(lifecycle.values.filter(ofKind('gap'))).toEqual([]);
      expect((await lifecycle.find(ofKind('open'))).headers.get('last-event-id')).toBeNull();
    });

    it.each([
      '3',
      '01-1',
      '-1',
      '1-',
      'ü',
      '1-1e0',
      '999-1',
      '1999999999999-0',
      '99999999999999999999-1',
      '1-99999999999999999999',
    ])(
      'replays all messages after the unknown id %j, and reports a gap by a header and an event',
      async lastEventId => {
        await chat.post('one');
        await chat.post('two');
        const lifecycle = chat.lifecycle({ lastEventId });
        await lifecycle.find(step => step.kind === 'event' && withId(2)(step.event));
        const { headers } = await lifecycle.find(ofKind('open'));
        expect(headers.get('last-event-id')).toBe('0-0');
        expect(lifecycle.values.filter(step => step.kind === 'gap' || step.kind === 'event')).toEqual([
          { kind: 'gap', requested: lastEventId, resumed: '0-0' },
          { kind: 'event', event: { type: 'gap', data: expect.any(String) as unknown, lastEventId: '0-0' } },
          {
            kind: 'event',
            event: expect.objectContaining({ type: 'chat', lastEventId: await chat.idOf(1) }) as unknown,
          },
          {
            kind: 'event',
            event: expect.objectContaining({ type: 'chat', lastEventId: await chat.idOf(2) }) as unknown,
          },
        ]);
      },
    );

    it('continues after the messages that it has dropped, and reports a gap by a header and an event', async () => {
      await chat.postMany(5);
      const [two, three, four, five] = await Promise.all([2, 3, 4, 5].map(number => chat.idOf(number)));
      await chat.trim(2);
      const lifecycle = chat.lifecycle({ lastEventId: String(two) });
      await lifecycle.find(step => step.kind === 'event' && withId(5)(step.event));
      expect((await lifecycle.find(ofKind('open'))).headers.get('last-event-id')).toBe(three);
      const told = lifecycle.values.filter(step => step.kind === 'gap' || step.kind === 'event');
      expect(told.map(step => (step.kind === 'gap' ? step : [step.event.type, step.event.lastEventId]))).toEqual([
        { kind: 'gap', requested: two, resumed: three },
        ['gap', three],
        ['chat', four],
        ['chat', five],
      ]);
      const [gap] = lifecycle.values.filter(ofKind('event'));
      expect(JSON.parse(gap?.event.data ?? '')).toEqual({ requested: two, resumed: three });
    });

    it('reports no gap to a client that has received all dropped messages', async () => {
      await chat.postMany(5);
      await chat.trim(2);
      const lifecycle = chat.lifecycle({ lastEventId: await chat.idOf(3) });
      await lifecycle.find(step => step.kind === 'event' && withId(5)(step.event));
      expect(idsOf(lifecycle.values.filter(ofKind('event')).map(({ event }) => event))).toEqual([4, 5]);
      expect(lifecycle.values.filter(ofKind('gap'))).toEqual([]);
    });

    it('disconnects a reader that the history has overtaken, and reports a gap in its next response', async () => {
      const answering = new BehaviorSubject(true);
      const slow = await start({
        // Simulates a reader that takes its time before it requests more.
        wrap: store =>
          withPages(store, async (...asked) => {
            await firstValueFrom(answering.pipe(filter(Boolean)));
            const page = await store.page(...asked);
            // Returns a page of one message, so that the history isn't read to its end yet.
            const [first] = page.messages;
            if (!first || page.messages.length === 1) return page;
            answering.next(false);
            return { ...page, messages: [first], reached: { epoch: first.epoch, number: first.message.id } };
          }),
      });
      try {
        await slow.post('one');
        await slow.post('two');
        const lifecycle = slow.lifecycle();
        await lifecycle.find(ofKind('event'));
        await slow.post('three');
        await slow.post('four');
        await slow.trim(1);
        answering.next(true);
        await lifecycle.find(step => step.kind === 'event' && withId(4)(step.event));
        const told = lifecycle.values.filter(step => !['connecting', 'comment', 'retry-time'].includes(step.kind));
        const [one, three, four] = await Promise.all([1, 3, 4].map(number => slow.idOf(number)));
        expect(told).toMatchObject([
          { kind: 'open', resumedFrom: '' },
          { kind: 'event', event: { type: 'chat', lastEventId: one } },
          { kind: 'waiting' },
          { kind: 'open', resumedFrom: one },
          { kind: 'gap', requested: one, resumed: three },
          { kind: 'event', event: { type: 'gap', lastEventId: three } },
          { kind: 'event', event: { type: 'chat', lastEventId: four } },
        ]);
      } finally {
        await slow.close();
      }
    });

    it('reports a gap by `Last-Event-ID` to HEAD requests, too', async () => {
      const response = await fetch(chat.stream, { method: 'HEAD', headers: { 'last-event-id': '7' } });
      expect(response.headers.get('last-event-id')).toBe('0-0');
    });

    it('loses and repeats nothing between the replay and new messages, while messages are posted [pitfall 63]', async () => {
      const count = 200;
      const { epoch } = (await chat.store.page(LOBBY, String((await chat.post('first')).id))).reached;
      const clients: { after: number; events: ReturnType<ChatFixture['events']> }[] = [];
      await chat.postMany(count, ({ id }) => {
        const after = Math.floor(id / 2);
        if (id % 10 === 0) clients.push({ after, events: chat.events({ lastEventId: `${epoch}-${after}` }) });
      });
      // A duplicate would have arrived before this message.
      const marker = (await chat.post('marker')).id;
      expect(marker).toBe(count + 2);
      for (const { after, events } of clients) {
        await events.find(withId(marker));
        expect(idsOf(events.values)).toEqual(numbers(after + 1, marker));
      }
      expect(clients).toHaveLength(20);
    });

    it('loses and repeats nothing with a store that responds late', async () => {
      const answering = new BehaviorSubject(false);
      const asked = new ReplaySubject<Page>(1);
      const late = await start({
        wrap: store =>
          withPages(store, async (...request) => {
            const held = await store.page(...request);
            asked.next(held);
            await firstValueFrom(answering.pipe(filter(Boolean)));
            return held;
          }),
      });
      try {
        const lifecycle = late.lifecycle();
        // The store is empty, and hasn't returned its page yet.
        expect((await firstValueFrom(asked)).messages).toEqual([]);
        await late.post('one');
        await late.post('two');
        answering.next(true);
        const received = (id: number) => lifecycle.find(step => step.kind === 'event' && withId(id)(step.event));
        await received(2);
        await late.post('three');
        await received(3);
        expect(idsOf(lifecycle.values.filter(ofKind('event')).map(({ event }) => event))).toEqual([1, 2, 3]);
      } finally {
        await late.close();
      }
    });

    it('reads a long history in pages', async () => {
      // More than two pages, also for a client that was connected before.
      const count = 2 * PAGE_SIZE + 10;
      const before = chat.events();
      await chat.postMany(count);
      const marker = (await chat.post('marker')).id;
      const after = chat.events();
      for (const events of [before, after]) {
        await events.find(withId(marker));
        expect(idsOf(events.values)).toEqual(numbers(1, marker));
      }
      const response = await fetch(`${chat.server.origin}/chat/messages`);
      expect(((await response.json()) as ChatSnapshot).messages.map(({ id }) => id)).toEqual(numbers(1, marker));
    });

    it('skips the replay for `from=now`, and still resumes if the connection is cut before the first message', async () => {
      const beating = await start({ heartbeat: 5 });
      try {
        await beating.post('one');
        const lifecycle = beating.lifecycle({}, '?from=now');
        // The position has arrived before the comment.
        await lifecycle.find(ofKind('comment'));
        beating.server.trouble.cut();
        await beating.post('two');
        await lifecycle.find(ofKind('event'));
        const told = lifecycle.values.filter(step => step.kind === 'open' || step.kind === 'event');
        expect(told).toMatchObject([
          { kind: 'open', resumedFrom: '' },
          { kind: 'open', resumedFrom: await beating.idOf(1) },
          { kind: 'event', event: { type: 'chat', lastEventId: await beating.idOf(2) } },
        ]);
      } finally {
        await beating.close();
      }
    });

    it('skips the replay after a gap, too, and resumes from a position that it knows', async () => {
      await chat.postMany(3);
      const three = await chat.idOf(3);
      const foreign = chat.lifecycle({ lastEventId: '9' }, '?from=now');
      expect(await foreign.find(ofKind('gap'))).toEqual({ kind: 'gap', requested: '9', resumed: three });
      const known = chat.lifecycle({ lastEventId: await chat.idOf(1) }, '?from=now');
      await known.find(step => step.kind === 'event' && withId(3)(step.event));
      expect(idsOf(known.values.filter(ofKind('event')).map(({ event }) => event))).toEqual([2, 3]);
      await chat.post('four');
      await foreign.find(step => step.kind === 'event' && withId(4)(step.event));
      expect(foreign.values.filter(ofKind('event')).map(({ event }) => [event.type, event.lastEventId])).toEqual([
        ['gap', three],
        ['chat', await chat.idOf(4)],
      ]);
    });

    it('sends its retry time, and headers that prevent caching and buffering', async () => {
      const lifecycle = chat.lifecycle({ reconnect: {} });
      expect((await lifecycle.find(ofKind('retry-time'))).milliseconds).toBe(100);
      const { headers } = await lifecycle.find(ofKind('open'));
      expect(headers.get('content-type')).toBe('text/event-stream');
      expect(headers.get('cache-control')).toContain('no-cache');
      expect(headers.get('x-accel-buffering')).toBe('no');
    });

    it('sends heartbeats', async () => {
      const beating = await start({ heartbeat: 5 });
      try {
        expect(await beating.lifecycle().find(ofKind('comment'))).toEqual({ kind: 'comment', text: '' });
      } finally {
        await beating.close();
      }
    });
  });

  describe('GET /chat/messages', () => {
    const snapshot = async () => {
      const response = await fetch(`${chat.server.origin}/chat/messages`);
      expect(response.headers.get('cache-control')).toBe('no-store');
      return (await response.json()) as ChatSnapshot;
    };

    it('returns all messages, and the id of the last one', async () => {
      expect(await snapshot()).toEqual({ messages: [], lastId: 0 });
      const messages = [await chat.post('one'), await chat.post('two'), await chat.post('three')];
      expect(await snapshot()).toEqual({ messages, lastId: 3 });
      await chat.trim(1);
      expect(await snapshot()).toEqual({ messages: messages.slice(2), lastId: 3 });
    });

    it('is complete with exactly one page, and with one more message', async () => {
      await chat.postMany(PAGE_SIZE);
      expect((await snapshot()).messages.map(({ id }) => id)).toEqual(numbers(1, PAGE_SIZE));
      await chat.post('one more');
      expect((await snapshot()).messages.map(({ id }) => id)).toEqual(numbers(1, PAGE_SIZE + 1));
    });

    it('is cut if the history was trimmed between two pages, so that no client takes a part for the whole', async () => {
      const trimmed = await start({
        wrap: store =>
          withPages(store, async (room, id) => {
            const page = await store.page(room, id);
            if (id === '') await store.trim(room, 1);
            return page;
          }),
      });
      try {
        await Promise.all(
          numbers(0, PAGE_SIZE + 1).map(() => trimmed.store.append(LOBBY, { author: 'ada', message: 'a' })),
        );
        const body = fetch(`${trimmed.server.origin}/chat/messages`).then(response => response.text());
        // The headers may have been sent, or not.
        await expect(body).rejects.toThrow(/terminated|fetch failed/);
      } finally {
        await trimmed.close();
      }
    });
  });

  describe('isAllowed', () => {
    it('refuses to post, stream or list messages', async () => {
      const closed = await start({ isAllowed: () => false });
      try {
        await expect(closed.post('one')).rejects.toThrow('You are not allowed in lobby');
        expect((await fetch(closed.stream)).status).toBe(403);
        expect((await fetch(`${closed.server.origin}/chat/messages`)).status).toBe(403);
      } finally {
        await closed.close();
      }
    });

    it('is checked during the replay and afterwards, and nothing is sent after a refusal [pitfall 63]', async () => {
      let asked = 0;
      let until = Infinity;
      const watched = await start({ isAllowed: () => ++asked <= until });
      try {
        await watched.postMany(PAGE_SIZE + 1);
        // Allows the request and one page, and then no more.
        asked = 0;
        until = 2;
        const replayed = watched.lifecycle({ reconnect: false });
        await replayed.find(ofKind('closed'));
        expect(replayed.values.filter(ofKind('event'))).toHaveLength(PAGE_SIZE);

        until = Infinity;
        const live = watched.lifecycle({ reconnect: false });
        await live.find(step => step.kind === 'event' && withId(PAGE_SIZE + 1)(step.event));
        asked = 0;
        // Allows the request that posts, which is checked before and after its body, but not the stream.
        until = 2;
        await watched.post('secret');
        await live.find(ofKind('closed'));
        expect(live.values.filter(ofKind('event'))).toHaveLength(PAGE_SIZE + 1);
      } finally {
        await watched.close();
      }
    });
  });

  it('cuts a client that doesn’t read, which resumes without a loss, and doesn’t delay other clients', async () => {
    const fast = chat.events();
    await chat.post('first');
    await fast.find(withId(1));
    const slow = get(chat.stream, { agent: false });
    const [response] = (await once(slow, 'response')) as [IncomingMessage];
    response.pause();
    response.on('error', () => undefined);
    const cut = new Promise(resolve => response.once('close', resolve));
    // More than the sockets and the queue of waiting data hold.
    const count = 2500;
    let left = count;
    const poster = async () => {
      while (left-- > 0) await chat.post('€'.repeat(2000));
    };
    await Promise.all(Array.from({ length: 8 }, poster));
    const marker = (await chat.post('marker')).id;
    await fast.find(withId(marker));
    expect(idsOf(fast.values)).toEqual(numbers(1, marker));

    const received: string[] = [];
    const parser = createEventStreamParser({ onEvent: event => void received.push(event.lastEventId) });
    response.on('data', (chunk: Buffer) => parser.push(chunk)).resume();
    await cut;
    expect(received.length).toBeLessThan(marker);
    const resumed = chat.events({ lastEventId: received.at(-1) ?? '' });
    await resumed.find(withId(marker));
    expect([...received, ...resumed.values.map(({ lastEventId }) => lastEventId)]).toEqual(
      fast.values.map(({ lastEventId }) => lastEventId),
    );
  });

  it.each(['/chat/stream', '/chat/messages'])(
    'queues at most 1 MiB for a client that reads %s slowly, with messages of the largest size',
    async path => {
      const sockets = new Set<Socket>();
      const watched = await start({
        isAllowed: ({ socket }) => {
          sockets.add(socket);
          return true;
        },
      });
      try {
        // JSON needs 6 bytes for this character, so no message is larger.
        const largest = { author: '\u0001'.repeat(MAX_LENGTH.author), message: '\u0001'.repeat(MAX_LENGTH.message) };
        // More than the sockets hold.
        const count = 1500;
        await Promise.all(numbers(1, count).map(() => watched.store.append(LOBBY, largest)));
        const slow = get(watched.server.origin + path, { agent: false });
        const [response] = (await once(slow, 'response')) as [IncomingMessage];
        response.setEncoding('utf8').pause();
        const waiting = () => Math.max(...[...sockets].map(({ writableLength }) => writableLength));
        await until(() => waiting() > 0);
        let most = 0;
        let text = '';
        for await (const chunk of response as AsyncIterable<string>) {
          most = Math.max(most, waiting());
          text += chunk;
          if (text.slice(-chunk.length - 20).includes(`"id":${count},`)) break;
        }
        expect([...text.matchAll(/"id":(\d+),/g)].map(([, id]) => Number(id))).toEqual(numbers(1, count));
        expect(most).toBeGreaterThan(0);
        expect(most).toBeLessThanOrEqual(MAX_WAITING);
      } finally {
        await watched.close();
      }
    },
  );

  it('ends a stream whose client doesn’t read, while a heartbeat is being sent, and serves other clients', async () => {
    let isAllowed = true;
    const watched = await start({ heartbeat: 5, isAllowed: () => isAllowed });
    try {
      const silent = get(watched.stream, { agent: false });
      const [response] = (await once(silent, 'response')) as [IncomingMessage];
      response.on('error', () => undefined).pause();
      // More than the sockets hold, but less than the limit.
      let left = 700;
      const poster = async () => {
        while (left-- > 0) await watched.post('€'.repeat(2000));
      };
      await Promise.all(Array.from({ length: 8 }, poster));
      isAllowed = false;
      await watched.store.append(LOBBY, { author: 'ada', message: 'secret' });
      isAllowed = true;
      // The stream has ended, and its connection closes a while later, although nobody has read the rest.
      const beating = watched.lifecycle();
      await beating.find(ofKind('comment'));
      silent.on('error', () => undefined);
      const before = performance.now();
      await until(async () => (await watched.server.connections()) === 1 || performance.now() - before > 15_000);
      await watched.post('again');
      await beating.find(step => step.kind === 'event' && step.event.data.includes('again'));
      const text = beating.values.flatMap(step => (step.kind === 'event' ? [messageOf(step.event).message] : []));
      expect(text.slice(-2)).toEqual(['secret', 'again']);
      silent.destroy();
    } finally {
      await watched.close();
    }
  });

  it('treats an `isAllowed` that throws as a refusal, also in the middle of a stream', async () => {
    let fails = false;
    const watched = await start({
      isAllowed: () => {
        if (fails) throw new Error('The token is too old');
        return true;
      },
    });
    try {
      const live = watched.lifecycle({ reconnect: false });
      await live.find(ofKind('open'));
      const posted = watched.post('one');
      await live.find(ofKind('event'));
      await posted;
      const store = watched.store;
      fails = true;
      await store.append(LOBBY, { author: 'ada', message: 'two' });
      await live.find(ofKind('closed'));
      expect(live.values.filter(ofKind('event'))).toHaveLength(1);
    } finally {
      await watched.close();
    }
  });

  it('ends a stream whose feed fails while it opens', async () => {
    const failing = new Subject<never>();
    const opened = await start({
      wrap: store => ({
        ...withPages(store, (...asked) => store.page(...asked)),
        // Fails between the page and the headers, when nothing is read.
        follow: room =>
          merge(
            store.follow(room).pipe(tap(() => void setImmediate(() => failing.error(new HistoryLostError(room))))),
            failing,
          ),
      }),
    });
    try {
      const lifecycle = opened.lifecycle({ reconnect: false });
      await lifecycle.find(step => step.kind === 'closed').catch(() => undefined);
      expect(lifecycle.values.at(-1)?.kind).not.toBe('open');
    } finally {
      await opened.close();
    }
  });

  it('refuses a request that doesn’t wait for the previous response, and keeps nothing of it', async () => {
    const { port } = new URL(chat.server.origin);
    const socket = connect(Number(port), '127.0.0.1');
    const request = 'GET /chat/stream HTTP/1.1\r\nHost: chat\r\n\r\n';
    socket.write(request + request);
    await once(socket, 'data');
    socket.destroy();
    await once(socket, 'close');
    await until(async () => (await chat.server.connections()) === 0);
    expect(await chat.server.connections()).toBe(0);
  });

  describe('rooms', () => {
    it('are independent of each other', async () => {
      await chat.post('here');
      const other = chat.observed(observe(fromEventSource(`${chat.stream}?room=other`)));
      expect(await chat.post('there', 'ada', 'other')).toMatchObject({ id: 1, message: 'there' });
      await chat.post('here again');
      await chat.post('there again', 'ada', 'other');
      expect((await other.first(2)).map(event => messageOf(event).message)).toEqual(['there', 'there again']);
      const response = await fetch(`${chat.server.origin}/chat/messages?room=other`);
      expect(((await response.json()) as ChatSnapshot).messages).toHaveLength(2);
    });

    it('are followed as soon as a client connects, also while another room is waiting to be followed', async () => {
      const names = ['one', 'two', 'three', 'four', 'five'];
      const streams = names.map(name => chat.observed(observe(fromEventSource(`${chat.stream}?room=${name}`))));
      await Promise.all(
        names.map((name, index) => chat.post(`to ${name}`, 'ada', name).then(() => streams[index]?.first(1))),
      );
      for (const { values } of streams) expect(values).toHaveLength(1);
    });

    it.each(['', 'A', '../up', 'a_b', 'a'.repeat(41)])('respond with 400 to the name %j', async room => {
      const response = await fetch(`${chat.stream}?room=${encodeURIComponent(room)}`);
      expect(response.status).toBe(400);
    });
  });
}
