import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { PAGE_SIZE } from '../../examples/chat/server/message-store.js';
import { EventSourceTimeoutError, ResponseStatusError } from '../../src/index.js';
import { ofKind } from '../support/observe.js';
import { describeChat } from './chat-behaviour.js';
import { idsOf, numbers, withId } from './chat-events.js';
import { ChatFixture } from './chat-fixture.js';

let chat: ChatFixture;
beforeEach(async () => {
  chat = await ChatFixture.start();
});
afterEach(() => chat.close());

describe('POST /chat/new', () => {
  const post = (body: string, type = 'application/json') =>
    fetch(`${chat.server.origin}/chat/new`, { method: 'POST', headers: { 'content-type': type }, body });

  it('responds with 201 and the stored message', async () => {
    const response = await post(JSON.stringify({ author: ' ada ', message: 'hello\nworld' }));
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      id: 1,
      author: 'ada',
      message: 'hello\nworld',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
    });
  });

  it.each([
    ['text that isn’t JSON', '{', 'Expected a body of JSON'],
    ['JSON that isn’t an object', 'null', 'Expected an object with author and message'],
    ['a message without an author', '{"message":"a"}', 'Expected author to be text'],
    ['a message that isn’t text', '{"author":"ada","message":1}', 'Expected message to be text'],
    ['an empty message', '{"author":"ada","message":" "}', 'Expected message to have 1 to 2000 characters'],
    [
      'an author that is too long',
      `{"author":"${'a'.repeat(41)}","message":"a"}`,
      'Expected author to have 1 to 40 characters',
    ],
  ])('responds with 400 and the reason to %s, and stores nothing', async (_name, body, reason) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringContaining(reason) as unknown });
    expect((await chat.post('first')).id).toBe(1);
  });

  it('responds with 413 to a body that is too large, and with 415 to one of another type', async () => {
    const large = await post(`{"author":"ada","message":"${'a'.repeat(1_000_000)}"}`);
    expect(large.status).toBe(413);
    expect(await large.json()).toEqual({ error: 'Expected a body of at most 16384 bytes, but got 1000029' });
    expect((await post('{"author":"ada","message":"a"}', 'text/plain')).status).toBe(415);
  });
});

it('pages have the size that docs/scaling.md states', () => {
  expect(readFileSync('docs/scaling.md', 'utf8')).toContain(`pages of at most ${PAGE_SIZE} messages`);
});

describe('a chat that stores its messages in files', () => {
  describeChat(options => ChatFixture.start(options));
});

describe('other requests', () => {
  const request = (method: string, path: string) => fetch(chat.server.origin + path, { method });

  it('with the method HEAD have a response without a body', async () => {
    const stream = await request('HEAD', '/chat/stream');
    expect([stream.status, stream.headers.get('content-type'), await stream.text()]).toEqual([
      200,
      'text/event-stream',
      '',
    ]);
    const page = await request('HEAD', '/');
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      200,
      'text/html; charset=utf-8',
      '',
    ]);
  });

  it('receive a 404 for an unknown path, and a 405 with the allowed methods for another method', async () => {
    expect((await request('GET', '/chat/../package.json')).status).toBe(404);
    expect((await request('GET', '/chat')).status).toBe(404);
    const post = await request('DELETE', '/chat/new');
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'POST']);
    const stream = await request('POST', '/chat/stream?a=b');
    expect([stream.status, stream.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('for the page receive a policy that blocks everything from elsewhere', async () => {
    const page = await request('GET', '/');
    expect(await page.text()).toBe(readFileSync('examples/chat/page/index.html', 'utf8'));
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';");
    expect((await request('GET', '/style.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect((await request('GET', '/icon.svg')).headers.get('content-type')).toBe('image/svg+xml');
  });
});

describe('a chat in trouble', () => {
  it('loses and repeats nothing when connections are cut while messages are posted', async () => {
    const lifecycle = chat.lifecycle();
    await lifecycle.find(ofKind('open'));
    await chat.postMany(200, ({ id }) => {
      if (id % 20 === 0) chat.server.trouble.cut();
    });
    const marker = (await chat.post('marker')).id;
    await lifecycle.find(step => step.kind === 'event' && withId(marker)(step.event));

    expect(idsOf(lifecycle.values.filter(ofKind('event')).map(({ event }) => event))).toEqual(numbers(1, marker));
    const reopened = lifecycle.values.filter(ofKind('open')).slice(1);
    expect(reopened.length).toBeGreaterThan(0);
    for (const open of reopened) expect(open.resumedFrom).not.toBe('');
  });

  it('makes a client wait after a 503, for as long as the server requests', async () => {
    const scheduler = new VirtualTimeScheduler();
    const lifecycle = chat.lifecycle({ scheduler });
    await chat.post('before');
    await lifecycle.find(ofKind('event'));
    chat.server.trouble.refuse(60_000, 4);
    await chat.post('meanwhile');

    await lifecycle.find(ofKind('waiting'));
    scheduler.flush();
    const refused = await lifecycle.find(step => ofKind('waiting')(step) && step.error instanceof ResponseStatusError);
    expect(refused).toMatchObject({ error: { status: 503, retryAfter: 4000 } });
    expect((refused as { delay: number }).delay).toBeGreaterThanOrEqual(4000);
    expect((refused as { error: ResponseStatusError }).error.body).toBe('{"error":"The chat is unavailable"}');

    chat.server.trouble.refuse(0);
    scheduler.flush();
    await lifecycle.find(step => step.kind === 'event' && withId(2)(step.event));
    expect(lifecycle.values.filter(ofKind('open'))[1]?.resumedFrom).toBe(await chat.idOf(1));
  });

  it('makes a client reconnect when it falls silent, and then receive the messages posted meanwhile', async () => {
    const scheduler = new VirtualTimeScheduler();
    const lifecycle = chat.lifecycle({ scheduler, idleTimeout: 5000 });
    await chat.post('before');
    await lifecycle.find(ofKind('event'));
    chat.server.trouble.silence();
    await chat.post('meanwhile');
    // This connection isn't silent. When it has received the message, the first one would have received it too, if it weren't silent.
    await chat.events({ lastEventId: await chat.idOf(1) }).first(1);

    scheduler.flush();
    await lifecycle.find(step => step.kind === 'event' && withId(2)(step.event));
    const [one, two] = await Promise.all([1, 2].map(number => chat.idOf(number)));
    expect(lifecycle.values.filter(step => step.kind !== 'retry-time')).toMatchObject([
      { kind: 'connecting' },
      { kind: 'open', resumedFrom: '' },
      { kind: 'event', event: { lastEventId: one } },
      { kind: 'waiting', error: expect.any(EventSourceTimeoutError) },
      { kind: 'connecting', lastEventId: one },
      { kind: 'open', resumedFrom: one },
      { kind: 'event', event: { lastEventId: two } },
    ]);
  });

  it('restarts on the same port with all messages, and its clients continue', async () => {
    const { origin } = chat.server;
    const events = chat.events();
    await chat.post('one');
    await events.find(withId(1));
    await chat.server.restart(0);
    expect(chat.server.origin).toBe(origin);
    expect((await chat.post('two')).id).toBe(2);
    await events.find(withId(2));
    expect(idsOf(events.values)).toEqual([1, 2]);
    expect(idsOf(await chat.events().first(2))).toEqual([1, 2]);
  });

  it('restarts once for two requests, and not at all if it is closed meanwhile', async () => {
    const restarted = chat.server.restart(60_000);
    expect(chat.server.restart(0)).toBe(restarted);
    await chat.server.close();
    await restarted;
    await expect(fetch(chat.stream)).rejects.toThrow('fetch failed');
  });

  it('has a button for each kind of trouble', async () => {
    const push = async (name: string) => (await fetch(`${origin}/trouble/${name}`, { method: 'POST' })).status;
    const { origin } = chat.server;
    const lifecycle = chat.lifecycle({ scheduler: new VirtualTimeScheduler() });
    await lifecycle.find(ofKind('open'));
    expect(await push('silence')).toBe(204);
    expect(await push('cut')).toBe(204);
    await lifecycle.find(ofKind('waiting'));
    expect(await push('refuse')).toBe(204);
    expect((await fetch(chat.stream)).headers.get('retry-after')).toBeNull();
    expect(await push('refuse-with-retry-after')).toBe(204);
    expect((await fetch(chat.stream)).headers.get('retry-after')).toBe('4');
    expect(await push('gap?for=0')).toBe(204);
    expect(await push('restart')).toBe(204);
  });
});
