import { beforeEach, describe, expect, it } from '@jest/globals';
import { RedisMessageStore } from '../../examples/chat/server/redis-message-store.js';
import { idsOf, numbers, withId } from '../examples/chat-events.js';
import { ofKind } from '../support/observe.js';
import { until } from '../support/until.js';
import { KEY, postWhenBack, useRedis } from './use-redis.js';

const bed = useRedis();

/** Returns how many connections are executing a command. */
const connectionsIn = async (name: string) =>
  String(await bed.command('CLIENT', 'LIST'))
    .split('\n')
    .filter(line => line.includes(` cmd=${name} `)).length;

describe('the ids', () => {
  beforeEach(() => bed.startRedis());

  it('are dense within an epoch, even after trimming and deletion: `XADD <room> <epoch>-*` guarantees it', async () => {
    const chat = await bed.startChat(5);
    await chat.postMany(20);
    const last = await chat.idOf(20);
    expect(await bed.command('XINFO', 'STREAM', KEY)).toMatchObject({ 'last-generated-id': last, length: 5 });
    expect(await bed.command('XDEL', KEY, last)).toBe(1);
    // The number of the deleted message isn't reused.
    expect((await chat.post('next')).id).toBe(21);
    expect(await chat.idOf(21)).toBe(last.replace(/-20$/, '-21'));
  });

  it('restart in another epoch if the whole room was deleted', async () => {
    const chat = await bed.startChat();
    await chat.postMany(3);
    const three = await chat.idOf(3);
    await bed.command('DEL', KEY);
    expect((await chat.post('one')).id).toBe(1);
    expect((await chat.idOf(1)).split('-')[0]).not.toBe(three.split('-')[0]);
    expect(await chat.lifecycle({ lastEventId: three }).find(ofKind('gap'))).toMatchObject({ resumed: '0-0' });
  });

  it('show a deleted message as a gap of exactly that message', async () => {
    const chat = await bed.startChat();
    await chat.postMany(5);
    const [two, three] = await Promise.all([2, 3].map(number => chat.idOf(number)));
    await bed.command('XDEL', KEY, String(three));
    const lifecycle = chat.lifecycle({ lastEventId: String(two) });
    await lifecycle.find(step => step.kind === 'event' && withId(5)(step.event));
    expect(lifecycle.values.filter(ofKind('gap'))).toEqual([{ kind: 'gap', requested: two, resumed: three }]);
    const events = lifecycle.values.filter(ofKind('event')).map(({ event }) => event);
    expect(idsOf(events.filter(({ type }) => type === 'chat'))).toEqual([4, 5]);
  });
});

describe('several servers on one Redis', () => {
  beforeEach(() => bed.startRedis());

  it('send their clients the same messages in the same order, and a client can continue with another server', async () => {
    const [first, second, third] = await Promise.all([bed.startChat(), bed.startChat(), bed.startChat()]);
    const chats = [first, second, third];
    const clients = chats.map(chat => chat.events());
    await Promise.all(chats.map(chat => chat.postMany(100)));
    const marker = await second.post('marker');
    expect(marker.id).toBe(301);
    for (const client of clients) {
      await client.find(withId(301));
      expect(client.values).toEqual(clients[0]?.values);
      expect(idsOf(client.values)).toEqual(numbers(1, 301));
    }
    const moved = first.events({ lastEventId: await first.idOf(150) });
    await moved.find(withId(301));
    expect(idsOf(moved.values)).toEqual(numbers(151, 301));
  });

  it('have one waiting read for all rooms, and none without clients [pitfall 63]', async () => {
    const chat = await bed.startChat();
    const streams = ['one', 'two', 'three'].map(room => chat.lifecycle({}, `?room=${room}`));
    for (const stream of streams) await stream.find(ofKind('open'));
    for (const room of ['one', 'two', 'three']) await chat.post('hello', 'ada', room);
    for (const stream of streams) await stream.find(ofKind('event'));
    await until(async () => (await connectionsIn('xread')) === 1);
    expect(await connectionsIn('xread')).toBe(1);
    for (const { subscription } of streams) subscription.unsubscribe();
    await until(async () => (await connectionsIn('xread')) === 0);
    // The read starts again for a client that comes back.
    const again = chat.lifecycle({}, '?room=two');
    await again.find(ofKind('event'));
    await chat.post('again', 'ada', 'two');
    await again.find(step => step.kind === 'event' && withId(2)(step.event));
  });

  it('leave no connection open after they close', async () => {
    const chat = await bed.startChat();
    await chat.lifecycle().find(ofKind('open'));
    await bed.closeLast();
    const connections = async () =>
      String(await bed.command('CLIENT', 'LIST'))
        .trim()
        .split('\n').length;
    await until(async () => (await connections()) === 1);
    expect(await connections()).toBe(1);
  });
});

describe('a Redis that goes away', () => {
  it('costs a client nothing if it keeps everything: the stream stays open, and continues', async () => {
    await bed.startRedis();
    const chat = await bed.startChat();
    const lifecycle = chat.lifecycle();
    await chat.post('one');
    await lifecycle.find(ofKind('event'));
    await bed.redis.kill();
    await expect(chat.post('lost')).rejects.toThrow('The messages are not available now');
    const refused = await fetch(chat.stream);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    await bed.redis.start();
    expect((await postWhenBack(chat, 'two')).id).toBe(2);
    await lifecycle.find(step => step.kind === 'event' && withId(2)(step.event));
    expect(lifecycle.values.filter(ofKind('gap'))).toEqual([]);
    expect(lifecycle.values.filter(ofKind('open'))).toHaveLength(1);
    // After the restart, the epoch is another one.
    const [one, two] = lifecycle.values.filter(ofKind('event')).map(({ event }) => event.lastEventId.split('-')[0]);
    expect(Number(two)).toBeGreaterThan(Number(one));
  });

  it('causes a gap if it lost the newest messages, for a client that has received them', async () => {
    await bed.startRedis(false);
    const chat = await bed.startChat();
    const lifecycle = chat.lifecycle();
    await chat.postMany(3);
    await bed.redis.save();
    await chat.postMany(2);
    await lifecycle.find(step => step.kind === 'event' && withId(5)(step.event));
    const [three, five] = await Promise.all([3, 5].map(number => chat.idOf(number)));
    await bed.redis.kill();
    await bed.redis.start();
    expect((await postWhenBack(chat, 'another four')).id).toBe(4);
    expect(await lifecycle.find(ofKind('gap'))).toEqual({ kind: 'gap', requested: five, resumed: three });
    await lifecycle.find(step => step.kind === 'event' && step.event.data.includes('another four'));
    const events = lifecycle.values.filter(ofKind('event')).map(({ event }) => event);
    expect(idsOf(events.filter(({ type }) => type === 'chat'))).toEqual([1, 2, 3, 4, 5, 4]);
  });

  it.each([
    ['the new epoch is later', 0],
    // The new epoch is smaller than the one that the clients know.
    ['the new epoch is earlier, because a clock was set back', 1_000_000_000_000],
  ])('causes a gap if it lost all messages, even before a new one is posted (%s)', async (_name, ahead) => {
    await bed.startRedis(false);
    const chat = await bed.startChat();
    const lifecycle = chat.lifecycle();
    if (ahead > 0) {
      // Simulates an earlier epoch that started in the future.
      await bed.command('HSET', 'chat:{lobby}:life', 'run', 'another', 'epoch', String(Date.now() + ahead));
    }
    await chat.postMany(3);
    await lifecycle.find(step => step.kind === 'event' && withId(3)(step.event));
    const three = await chat.idOf(3);
    await bed.redis.kill();
    await bed.redis.start();
    expect(await lifecycle.find(ofKind('gap'))).toEqual({ kind: 'gap', requested: three, resumed: '0-0' });
    expect((await postWhenBack(chat, 'new')).id).toBe(1);
    await lifecycle.find(step => step.kind === 'event' && step.event.data.includes('new'));
  });

  it('is detected if it only stops responding', async () => {
    await bed.startRedis();
    const chat = await bed.startChat();
    const lifecycle = chat.lifecycle();
    await lifecycle.find(ofKind('open'));
    bed.redis.signal('SIGSTOP');
    try {
      await expect(chat.post('lost')).rejects.toThrow('not available');
    } finally {
      bed.redis.signal('SIGCONT');
    }
    const { id } = await postWhenBack(chat, 'back');
    await lifecycle.find(step => step.kind === 'event' && withId(id)(step.event));
  });

  it('makes the store fail to open, with the reason', async () => {
    await bed.startRedis();
    await bed.redis.kill();
    await expect(RedisMessageStore.open({ url: bed.redis.url })).rejects.toThrow(
      /^There is no Redis to use at redis:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/,
    );
  });
});
