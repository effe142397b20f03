/* eslint jest/no-export: off -- these tests are the same for each store, and each store has a spec of its own */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { BehaviorSubject, filter, firstValueFrom, ReplaySubject } from 'rxjs';
import { type ChatSnapshot, LOBBY } from '../../examples/chat/chat-message.js';
import { type Page, PAGE_SIZE } from '../../examples/chat/server/message-store.js';
import { ofKind } from '../support/observe.js';
import { idsOf, numbers, withId } from './chat-events.js';
import type { ChatFixture, ChatFixtureOptions } from './chat-fixture.js';
import { withPages } from './with-pages.js';

/**
 * Tests the streams of a chat, independent of where its messages are stored.
 *
 * @param start starts another chat
 * @param current returns the chat that was started for the current test
 */
export function describeChatStream(
  start: (options?: ChatFixtureOptions) => Promise<ChatFixture>,
  current: () => ChatFixture,
): void {
  describe('GET /chat/stream', () => {
    let chat: ChatFixture;
    beforeEach(() => {
      chat = current();
    });

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
}
