import { beforeEach, describe, expect, it } from '@jest/globals';
import { LOBBY } from '../../examples/chat/chat-message.js';
import { RedisMessageStore } from '../../examples/chat/server/redis-message-store.js';
import { ChatCluster } from '../../examples/chat/several/chat-cluster.js';
import { RedisServer } from '../../examples/chat/several/redis-server.js';
import { idsOf, numbers, withId } from '../examples/chat-events.js';
import type { ChatFixture } from '../examples/chat-fixture.js';
import { ofKind } from '../support/observe.js';
import { until } from '../support/until.js';
import { KEY, postWhenBack, useRedis } from './use-redis.js';

const bed = useRedis();

describe('a broken room', () => {
  it('is refused, and the other rooms continue', async () => {
    await bed.startRedis();
    const chat = await bed.startChat();
    const good = chat.lifecycle({}, '?room=good');
    const bad = chat.lifecycle({ reconnect: false });
    await chat.post('one');
    await bad.find(ofKind('event'));
    await chat.post('one', 'ada', 'good');
    await good.find(ofKind('event'));
    await bed.command('DEL', KEY);
    await bed.command('SET', KEY, 'not a stream');
    await expect(chat.post('two')).rejects.toThrow('The messages are not available now');
    expect((await fetch(chat.stream)).status).toBe(503);
    await bad.find(ofKind('closed'));
    await chat.post('two', 'ada', 'good');
    await good.find(step => step.kind === 'event' && withId(2)(step.event));
    await bed.command('DEL', KEY);
    await bed.command('XADD', KEY, '99999999999999-1', 'something', 'else');
    expect((await fetch(chat.stream)).status).toBe(503);
  });
});

describe('the loss of one epoch’s messages in another', () => {
  const eventsOf = (lifecycle: ReturnType<ChatFixture['lifecycle']>) =>
    lifecycle.values.filter(ofKind('event')).map(({ event }) => event);

  it('is reported across several epochs: a restart and a deleted room [pitfall 63]', async () => {
    await bed.startRedis();
    const chat = await bed.startChat();
    await chat.postMany(5);
    const five = await chat.idOf(5);
    await bed.redis.kill();
    await bed.redis.start();
    expect((await postWhenBack(chat, 'six')).id).toBe(6);
    await bed.command('DEL', KEY);
    for (const text of ['new 1', 'new 2', 'new 3']) await chat.post(text);
    const lifecycle = chat.lifecycle({ lastEventId: five });
    await lifecycle.find(step => step.kind === 'event' && withId(3)(step.event));
    expect(lifecycle.values.filter(ofKind('gap'))).toEqual([{ kind: 'gap', requested: five, resumed: '0-0' }]);
    expect(idsOf(eventsOf(lifecycle).filter(({ type }) => type === 'chat'))).toEqual([1, 2, 3]);
  });

  it('is reported after a failover and back: the process is the same, but its messages are not', async () => {
    await bed.startRedis();
    const other = await RedisServer.start();
    bed.closeLater(other);
    const chat = await bed.startChat();
    const follow = async (server: RedisServer, master: RedisServer) => {
      await bed.commandTo(server, 'REPLICAOF', '127.0.0.1', new URL(master.url).port);
      await until(async () =>
        String(await bed.commandTo(server, 'INFO', 'replication')).includes('master_link_status:up'),
      );
    };
    await follow(other, bed.redis);
    await chat.postMany(3);
    const three = await chat.idOf(3);
    await bed.command('WAIT', '1', '20000');
    await bed.commandTo(other, 'REPLICAOF', 'NO', 'ONE');
    await chat.postMany(2);
    const five = await chat.idOf(5);
    await follow(bed.redis, other);
    await bed.command('REPLICAOF', 'NO', 'ONE');
    expect((await postWhenBack(chat, 'another four')).id).toBe(4);
    expect((await postWhenBack(chat, 'another five')).id).toBe(5);
    expect(await chat.idOf(5)).not.toBe(five);
    expect(await chat.lifecycle({ lastEventId: five }).find(ofKind('gap'))).toMatchObject({ resumed: three });
  }, 120_000);

  it('is reported to a live stream as well, even if the numbers continue', async () => {
    await bed.startRedis(false);
    const chat = await bed.startChat(1);
    const lifecycle = chat.lifecycle();
    for (const number of numbers(1, 5)) {
      await chat.post(`${number}`);
      await lifecycle.find(step => step.kind === 'event' && withId(number)(step.event));
      if (number === 3) await bed.redis.save();
    }
    const five = await chat.idOf(5);
    await bed.redis.kill();
    await bed.redis.start();
    const elsewhere = await RedisMessageStore.open({ url: bed.redis.url, history: 1 });
    bed.closeLater(elsewhere);
    for (const message of ['4', '5', '6']) await elsewhere.append(LOBBY, { author: 'ada', message });
    expect(await lifecycle.find(ofKind('gap'))).toMatchObject({ requested: five });
    await lifecycle.find(step => step.kind === 'event' && withId(6)(step.event));
  });

  it('is reported if everything is deleted and the clock was set back, so that new ids are smaller', async () => {
    await bed.startRedis();
    const chat = await bed.startChat();
    await bed.command('HSET', 'chat:{lobby}:life', 'run', 'another', 'epoch', String(Date.now() + 1_000_000_000_000));
    const lifecycle = chat.lifecycle();
    await chat.postMany(3);
    await lifecycle.find(step => step.kind === 'event' && withId(3)(step.event));
    await bed.command('FLUSHALL');
    await chat.post('new');
    expect(await lifecycle.find(ofKind('gap'))).toMatchObject({ resumed: '0-0' });
    await lifecycle.find(step => step.kind === 'event' && step.event.data.includes('new'));
  });
});

describe('the epochs', () => {
  const EPOCHS = 'chat:{lobby}:epochs';
  beforeEach(() => bed.startRedis());

  it('are forgotten with their messages; a client with such an id receives a gap, as a header and as an event', async () => {
    const chat = await bed.startChat(3);
    await chat.post('1');
    const first = await chat.idOf(1);
    for (const number of numbers(2, 20)) {
      // Simulates a restart of Redis.
      await bed.command('HSET', 'chat:{lobby}:life', 'run', 'another');
      await chat.post(`${number}`);
    }
    // The epochs of the three messages and of the one before: a client that has message 17 misses nothing.
    expect(await bed.command('HVALS', EPOCHS)).toEqual(['16', '17', '18', '19']);
    const lifecycle = chat.lifecycle({ lastEventId: first });
    await lifecycle.find(step => step.kind === 'event' && withId(20)(step.event));
    const [gap, ...events] = lifecycle.values.filter(ofKind('event')).map(({ event }) => event);
    expect((await lifecycle.find(ofKind('open'))).headers.get('last-event-id')).toMatch(/-17$/);
    expect(gap).toMatchObject({ type: 'gap', lastEventId: expect.stringMatching(/-17$/) as unknown });
    expect(idsOf(events)).toEqual([18, 19, 20]);
  });

  it('do not grow in number if the room is deleted repeatedly', async () => {
    const chat = await bed.startChat();
    for (const text of numbers(1, 5).map(String)) {
      await chat.post(text);
      await bed.command('DEL', KEY);
    }
    await chat.post('last');
    expect(await bed.command('HVALS', EPOCHS)).toEqual(['0']);
  });
});

describe('a server that is asked to stop', () => {
  it('stops, even with an open stream and a Redis that doesn’t respond', async () => {
    const cluster = await ChatCluster.start({ servers: 1 });
    bed.closeLater(cluster);
    const [server] = cluster.servers;
    await fetch(`${server?.origin}/chat/stream`);
    cluster.redis?.signal('SIGSTOP');
    const refused = await fetch(`${server?.origin}/chat/stream`);
    expect(refused.status).toBe(503);
    void fetch(`${server?.origin}/chat/messages`).catch(() => undefined);
    await server?.stop();
    expect(server?.running).toBe(false);
    cluster.redis?.signal('SIGCONT');
  });
});
