import { readFileSync, watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { LOBBY } from '../../examples/chat/chat-message.js';
import { chatTerminal } from '../../examples/chat/client/chat-terminal.js';
import { fileLastEventId } from '../../examples/chat/client/file-last-event-id.js';
import { FileMessageStore } from '../../examples/chat/server/file-message-store.js';
import { type Page, PAGE_SIZE } from '../../examples/chat/server/message-store.js';
import { EventSourceTimeoutError, ResponseStatusError } from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { describeChat, idsOf, numbers, withId } from './chat-behaviour.js';
import { ChatFixture } from './chat-fixture.js';
import { describeMessageStore } from './message-store-behaviour.js';

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
    ['no JSON', '{', 'Expected a body of JSON'],
    ['no object', 'null', 'Expected an object with author and message'],
    ['no author', '{"message":"a"}', 'Expected author to be text'],
    ['no text', '{"author":"ada","message":1}', 'Expected message to be text'],
    ['an empty message', '{"author":"ada","message":" "}', 'Expected message to have 1 to 2000 characters'],
    ['a long author', `{"author":"${'a'.repeat(41)}","message":"a"}`, 'Expected author to have 1 to 40 characters'],
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

describe('FileMessageStore', () => {
  const file = () => join(chat.folder, 'torn', `${LOBBY}.jsonl`);

  it('reads a file whose last line is torn, and continues after the last complete line', async () => {
    const draft = { author: 'ada', message: 'ü' };
    let now = 1000;
    const open = () => FileMessageStore.open(dirname(file()), { now: () => now++ });
    const written = await open();
    const whole = [await written.append(LOBBY, draft), await written.append(LOBBY, draft)];
    await writeFile(file(), '{"id":3,"author":"ada","message":"a message that is longer than the next', { flag: 'a' });

    const store = await open();
    const textOf = (page: Page) => page.messages.map(({ message }) => message);
    expect(textOf(await store.page(LOBBY, ''))).toEqual(whole);
    whole.push(await store.append(LOBBY, draft));
    expect(await store.page(LOBBY, '1000-2')).toEqual({
      after: { epoch: 1000, number: 2 },
      messages: [{ epoch: 1001, number: 3, message: { ...draft, id: 3, at: expect.any(String) as unknown } }],
      reached: { epoch: 1001, number: 3 },
    });
    const [one, two, three] = whole;
    expect(await readFile(file(), 'utf8')).toBe(
      [{ epoch: 1000, after: 0 }, one, two, { epoch: 1001, after: 2 }, three]
        .map(line => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect(textOf(await (await open()).page(LOBBY, ''))).toEqual(whole);
  });

  it('keeps a file short', async () => {
    const history = 4;
    for (let opened = 0; opened < 30; opened++) {
      const store = await FileMessageStore.open(dirname(file()), { history });
      for (let count = 0; count < opened % 5; count++) await store.append(LOBBY, { author: 'ada', message: 'text' });
      const lines = (await readFile(file(), 'utf8').catch(() => '')).split('\n').length - 1;
      expect(lines).toBeLessThanOrEqual(2 * history + 1);
    }
  });

  it('has increasing epochs, even if the clock is set back', async () => {
    const epochs: number[] = [];
    for (const now of [1000, 10, 10, 5000]) {
      const store = await FileMessageStore.open(dirname(file()), { now: () => now });
      await store.append(LOBBY, { author: 'ada', message: 'text' });
      epochs.push((await store.page(LOBBY, '')).reached.epoch);
    }
    expect(epochs).toEqual([1000, 1001, 1002, 5000]);
  });

  it('is for one process: it refuses the folder of a running process, and takes over that of a dead one', async () => {
    const folder = dirname(file());
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'lock'), String(process.ppid));
    await expect(FileMessageStore.open(folder)).rejects.toThrow(`process ${process.ppid} uses it`);
    await writeFile(join(folder, 'lock'), '999999999');
    const store = await FileMessageStore.open(folder);
    expect(await readFile(join(folder, 'lock'), 'utf8')).toBe(String(process.pid));
    await store.close();
    await expect(readFile(join(folder, 'lock'))).rejects.toThrow('ENOENT');
  });

  it('opens at most 1000 rooms', async () => {
    const store = await FileMessageStore.open(dirname(file()));
    for (let room = 0; room < 1000; room++) await store.page(`room-${room}`, '');
    await expect(store.page('one-more', '')).rejects.toThrow('There are too many rooms');
  });

  it('fails with the error in a broken file, and works after the file is repaired', async () => {
    const store = await FileMessageStore.open(dirname(file()));
    await mkdir(dirname(file()), { recursive: true });
    await writeFile(join(dirname(file()), 'broken.jsonl'), '{\n');
    await expect(store.page('broken', '')).rejects.toThrow(
      `Expected JSON at ${join(dirname(file()), 'broken.jsonl')}:1`,
    );
    await rm(join(dirname(file()), 'broken.jsonl'));
    expect((await store.page('broken', '')).messages).toEqual([]);
  });

  describe('like any store', () => {
    describeMessageStore(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'chat-spec-'));
      const path = join(folder, `${LOBBY}.jsonl`);
      // The time increases each time it is opened.
      let now = 1000;
      return {
        open: history => FileMessageStore.open(folder, { history, now: () => now++ }),
        restart: () => Promise.resolve(),
        mark: async () => {
          const content = await readFile(path).catch(() => Buffer.alloc(0));
          return () => writeFile(path, content);
        },
        close: () => rm(folder, { recursive: true }),
      };
    });
  });
});

describe('the terminal', () => {
  const open = () => {
    const input = new PassThrough();
    const output = new PassThrough().setEncoding('utf8');
    const positionFile = join(chat.folder, 'position');
    const steps = chat.observed(
      observe(
        chatTerminal({
          origin: chat.server.origin,
          author: 'terminal',
          position: fileLastEventId(positionFile),
          input,
          output,
        }),
      ),
    );
    return {
      input,
      output,
      steps,
      positionFile,
      message: (id: number) => steps.find(step => step.kind === 'event' && step.event.data.id === id),
      printed: () => String(output.read()).split('\n'),
    };
  };

  it('prints what happens, keeps its position in a file, and resumes from there after a restart', async () => {
    await chat.post('one');
    await chat.post('\u001b[2Jtwo');
    const first = open();
    await first.message(2);
    await contentOf(first.positionFile, await chat.idOf(2));
    first.steps.subscription.unsubscribe();
    expect(first.printed()).toEqual([
      '○ connecting',
      '● connected, from the start',
      expect.stringMatching(/^\d\d:\d\d:\d\d #1 ada one$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d #2 ada {2}\[2Jtwo$/),
      '',
    ]);

    await chat.post('three');
    const second = open();
    await second.message(3);
    await contentOf(second.positionFile, await chat.idOf(3));
    expect(second.printed()).toEqual([
      '○ connecting after #2',
      '● connected, resumed after #2',
      expect.stringMatching(/ #3 ada three$/),
      '',
    ]);
  });

  it('says that it may have missed messages while it was not running', async () => {
    await chat.post('one');
    const first = open();
    await first.message(1);
    await contentOf(first.positionFile, await chat.idOf(1));
    first.steps.subscription.unsubscribe();
    await chat.post('two');
    await chat.post('three');
    await chat.trim(1);

    const second = open();
    await second.message(3);
    await contentOf(second.positionFile, await chat.idOf(3));
    expect(second.printed()).toEqual([
      '○ connecting after #1',
      '● connected, resumed after #1',
      '▲ some messages may be missing: asked for those after #1, but resumed after #2',
      expect.stringMatching(/ #3 ada three$/),
      '',
    ]);
  });

  it('sends typed messages, and says why it can’t send one', async () => {
    const terminal = open();
    terminal.input.write(`hello\n\n${'a'.repeat(2001)}\nagain\n`);
    await terminal.message(2);
    await contentOf(terminal.positionFile, await chat.idOf(2));
    const { values } = terminal.steps;
    expect(values.flatMap(step => (step.kind === 'event' ? [step.event.data.message] : []))).toEqual([
      'hello',
      'again',
    ]);
    expect(terminal.printed()).toContain('✗ Not sent: Expected message to have 1 to 2000 characters, but it has 2001');
  });
});

/** Resolves when the file contains the text. */
async function contentOf(path: string, text: string): Promise<void> {
  let found: () => void;
  const holds = new Promise<void>(resolve => (found = resolve));
  const look = async () => {
    const content = await readFile(path, 'utf8').catch(() => undefined);
    if (content === text) found();
  };
  const watcher = watch(dirname(path), () => void look());
  await Promise.race([holds, look().then(() => holds)]);
  watcher.close();
}
