/* eslint jest/no-export: off -- these tests run with each store of messages, in a spec for each */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { merge, Subject, tap } from 'rxjs';
import { type ChatSnapshot, LOBBY, MAX_LENGTH } from '../../examples/chat/chat-message.js';
import { HistoryLostError, MAX_WAITING, PAGE_SIZE } from '../../examples/chat/server/message-store.js';
import { fromEventSource } from '../../src/index.js';
import { createEventStreamParser } from '../../src/parser/index.js';
import { observe, ofKind } from '../support/observe.js';
import { until } from '../support/until.js';
import { idsOf, messageOf, numbers, withId } from './chat-events.js';
import type { ChatFixture, ChatFixtureOptions } from './chat-fixture.js';
import { describeChatStream } from './chat-stream-behaviour.js';
import { withPages } from './with-pages.js';

/** Tests the behaviour of a chat, independent of where its messages are stored. */
export function describeChat(start: (options?: ChatFixtureOptions) => Promise<ChatFixture>): void {
  let chat: ChatFixture;
  beforeEach(async () => {
    chat = await start();
  });
  afterEach(() => chat.close());

  describeChatStream(start, () => chat);

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
        // Not all at once: on a busy machine, that would take longer than a command of Redis may.
        for (let done = 0; done < count; done += 100)
          await Promise.all(numbers(1, 100).map(() => watched.store.append(LOBBY, largest)));
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
