import { readFileSync, watch } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BehaviorSubject, filter, firstValueFrom, ReplaySubject, VirtualTimeScheduler } from 'rxjs';
import type { ChatMessage, ChatSnapshot } from '../../examples/chat/chat-message.js';
import { chatTerminal } from '../../examples/chat/client/chat-terminal.js';
import { fileLastEventId } from '../../examples/chat/client/file-last-event-id.js';
import { FileMessageStore } from '../../examples/chat/server/file-message-store.js';
import { EventSourceTimeoutError, ResponseStatusError, type ServerSentEvent } from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { Random } from '../support/random.js';
import { ChatFixture } from './chat-fixture.js';

let chat: ChatFixture;
beforeEach(async () => {
  chat = await ChatFixture.start();
});
afterEach(() => chat.close());

const messageOf = (event: ServerSentEvent) => JSON.parse(event.data) as ChatMessage;
const idsOf = (events: readonly ServerSentEvent[]) => events.map(event => messageOf(event).id);
const withId = (id: number) => (event: ServerSentEvent) => event.lastEventId === String(id);
/** The numbers from `first` to `last`. */
const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('POST /chat/new', () => {
  const post = (body: string, type = 'application/json') =>
    fetch(`${chat.server.origin}/chat/new`, { method: 'POST', headers: { 'content-type': type }, body });

  it('answers 201 with the message as it was stored', async () => {
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
  ])('answers 400 with the reason to %s, and stores nothing', async (_name, body, reason) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringContaining(reason) as unknown });
    expect((await chat.post('first')).id).toBe(1);
  });

  it('answers 413 to a body that is too large, and 415 to one of another type', async () => {
    const large = await post(`{"author":"ada","message":"${'a'.repeat(1_000_000)}"}`);
    expect(large.status).toBe(413);
    expect(await large.json()).toEqual({ error: 'Expected a body of at most 16384 bytes, but got 1000029' });
    expect((await post('{"author":"ada","message":"a"}', 'text/plain')).status).toBe(415);
  });
});

describe('GET /chat/stream', () => {
  it('replays what came after Last-Event-ID, and goes on with what comes', async () => {
    const stored = [await chat.post('one'), await chat.post('two'), await chat.post('three')];
    const events = chat.events({ lastEventId: '1' });
    await events.find(withId(3));
    stored.push(await chat.post('four'));
    await events.find(withId(4));
    expect(events.values).toEqual(
      stored.slice(1).map(message => ({
        type: 'chat',
        data: JSON.stringify(message),
        lastEventId: String(message.id),
      })),
    );
  });

  it.each(['', '0'])('replays everything after %j, and that is no gap', async lastEventId => {
    await chat.post('one');
    await chat.post('two');
    const lifecycle = chat.lifecycle({ lastEventId });
    await lifecycle.find(step => step.kind === 'event' && withId(2)(step.event));
    expect(lifecycle.values.filter(ofKind('event')).map(({ event }) => [event.type, event.lastEventId])).toEqual([
      ['chat', '1'],
      ['chat', '2'],
    ]);
    expect(lifecycle.values.filter(ofKind('gap'))).toEqual([]);
    expect((await lifecycle.find(ofKind('open'))).headers.get('last-event-id')).toBeNull();
  });

  it.each(['3', '01', '-1', 'ü', '1e0', '99999999999999999999'])(
    'replays everything after the unknown id %j, and says so by a header and an event',
    async lastEventId => {
      await chat.post('one');
      await chat.post('two');
      const lifecycle = chat.lifecycle({ lastEventId });
      await lifecycle.find(step => step.kind === 'event' && withId(2)(step.event));
      const { headers } = await lifecycle.find(ofKind('open'));
      expect(headers.get('last-event-id')).toBe('0');
      expect(lifecycle.values.filter(step => step.kind === 'gap' || step.kind === 'event')).toEqual([
        { kind: 'gap', requested: lastEventId, resumed: '0' },
        { kind: 'event', event: { type: 'gap', data: expect.any(String) as unknown, lastEventId: '0' } },
        { kind: 'event', event: expect.objectContaining({ type: 'chat', lastEventId: '1' }) as unknown },
        { kind: 'event', event: expect.objectContaining({ type: 'chat', lastEventId: '2' }) as unknown },
      ]);
    },
  );

  it('goes on after what it has forgotten, and says so by a header and an event', async () => {
    await chat.postMany(5, () => undefined);
    await chat.store.trim(2);
    const lifecycle = chat.lifecycle({ lastEventId: '2' });
    await lifecycle.find(step => step.kind === 'event' && withId(5)(step.event));
    expect((await lifecycle.find(ofKind('open'))).headers.get('last-event-id')).toBe('3');
    const told = lifecycle.values.filter(step => step.kind === 'gap' || step.kind === 'event');
    expect(told.map(step => (step.kind === 'gap' ? step : [step.event.type, step.event.lastEventId]))).toEqual([
      { kind: 'gap', requested: '2', resumed: '3' },
      ['gap', '3'],
      ['chat', '4'],
      ['chat', '5'],
    ]);
    const [gap] = lifecycle.values.filter(ofKind('event'));
    expect(JSON.parse(gap?.event.data ?? '')).toEqual({ requested: '2', resumed: '3' });
  });

  it('says nothing of a gap to who has all that was forgotten', async () => {
    await chat.postMany(5, () => undefined);
    await chat.store.trim(2);
    const lifecycle = chat.lifecycle({ lastEventId: '3' });
    await lifecycle.find(step => step.kind === 'event' && withId(5)(step.event));
    expect(idsOf(lifecycle.values.filter(ofKind('event')).map(({ event }) => event))).toEqual([4, 5]);
    expect(lifecycle.values.filter(ofKind('gap'))).toEqual([]);
  });

  it('leaves a reader that the history has overtaken, and its next request is told so', async () => {
    const answering = new BehaviorSubject(true);
    const slow = await ChatFixture.start({
      wrap: store => ({
        append: draft => store.append(draft),
        trim: keep => store.trim(keep),
        // As for a reader that takes its time before it asks for more.
        after: async id => {
          await firstValueFrom(answering.pipe(filter(Boolean)));
          return store.after(id);
        },
      }),
    });
    try {
      await slow.post('one');
      const lifecycle = slow.lifecycle();
      await lifecycle.find(ofKind('event'));
      answering.next(false);
      await slow.post('two');
      await slow.post('three');
      await slow.store.trim(1);
      answering.next(true);
      await lifecycle.find(step => step.kind === 'event' && withId(3)(step.event));
      const told = lifecycle.values.filter(step => !['connecting', 'comment', 'retry-time'].includes(step.kind));
      expect(told).toMatchObject([
        { kind: 'open', resumedFrom: '' },
        { kind: 'event', event: { type: 'chat', lastEventId: '1' } },
        { kind: 'waiting' },
        { kind: 'open', resumedFrom: '1' },
        { kind: 'gap', requested: '1', resumed: '2' },
        { kind: 'event', event: { type: 'gap', lastEventId: '2' } },
        { kind: 'event', event: { type: 'chat', lastEventId: '3' } },
      ]);
    } finally {
      await slow.close();
    }
  });

  it('tells by `Last-Event-ID` from HEAD, too', async () => {
    const response = await fetch(chat.stream, { method: 'HEAD', headers: { 'last-event-id': '7' } });
    expect(response.headers.get('last-event-id')).toBe('0');
  });

  it('has no hole and no double where replay becomes live, while messages are being posted', async () => {
    const count = 200;
    const clients: { after: number; events: ReturnType<ChatFixture['events']> }[] = [];
    await chat.postMany(count, ({ id }) => {
      const after = Math.floor(id / 2);
      if (id % 10 === 0) clients.push({ after, events: chat.events({ lastEventId: String(after) }) });
    });
    // What came twice would have come before this.
    const marker = (await chat.post('marker')).id;
    expect(marker).toBe(count + 1);
    for (const { after, events } of clients) {
      await events.find(withId(marker));
      expect(idsOf(events.values)).toEqual(numbers(after + 1, marker));
    }
    expect(clients).toHaveLength(20);
  });

  it('has none with a store that answers late', async () => {
    const answering = new BehaviorSubject(false);
    const asked = new ReplaySubject<void>(1);
    const late = await ChatFixture.start({
      wrap: store => ({
        append: draft => store.append(draft),
        trim: keep => store.trim(keep),
        after: async id => {
          const held = await store.after(id);
          asked.next();
          await firstValueFrom(answering.pipe(filter(Boolean)));
          return held;
        },
      }),
    });
    try {
      const lifecycle = late.lifecycle();
      // With nothing in it, and it has not answered.
      await firstValueFrom(asked);
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

  it('skips the replay for `from=now`, and a connection that is cut before the first message still resumes', async () => {
    const beating = await ChatFixture.start({ heartbeat: 5 });
    try {
      await beating.post('one');
      const lifecycle = beating.lifecycle({}, '?from=now');
      // The position is in front of it.
      await lifecycle.find(ofKind('comment'));
      beating.server.trouble.cut();
      await beating.post('two');
      await lifecycle.find(ofKind('event'));
      const told = lifecycle.values.filter(step => step.kind === 'open' || step.kind === 'event');
      expect(told).toMatchObject([
        { kind: 'open', resumedFrom: '' },
        { kind: 'open', resumedFrom: '1' },
        { kind: 'event', event: { type: 'chat', lastEventId: '2' } },
      ]);
    } finally {
      await beating.close();
    }
  });

  it('skips it behind a gap, too, and goes on from a position that it knows', async () => {
    await chat.postMany(3, () => undefined);
    const foreign = chat.lifecycle({ lastEventId: '9' }, '?from=now');
    expect(await foreign.find(ofKind('gap'))).toEqual({ kind: 'gap', requested: '9', resumed: '3' });
    const known = chat.lifecycle({ lastEventId: '1' }, '?from=now');
    await known.find(step => step.kind === 'event' && withId(3)(step.event));
    expect(idsOf(known.values.filter(ofKind('event')).map(({ event }) => event))).toEqual([2, 3]);
    await chat.post('four');
    await foreign.find(step => step.kind === 'event' && withId(4)(step.event));
    expect(foreign.values.filter(ofKind('event')).map(({ event }) => [event.type, event.lastEventId])).toEqual([
      ['gap', '3'],
      ['chat', '4'],
    ]);
  });

  it('tells how to reconnect, and that nothing may keep it', async () => {
    const lifecycle = chat.lifecycle({ reconnect: {} });
    expect((await lifecycle.find(ofKind('retry-time'))).milliseconds).toBe(100);
    const { headers } = await lifecycle.find(ofKind('open'));
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('cache-control')).toContain('no-cache');
    expect(headers.get('x-accel-buffering')).toBe('no');
  });

  it('sends heartbeats', async () => {
    const beating = await ChatFixture.start({ heartbeat: 5 });
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

  it('answers with all that there is, and the id of the last', async () => {
    expect(await snapshot()).toEqual({ messages: [], lastId: 0 });
    const messages = [await chat.post('one'), await chat.post('two'), await chat.post('three')];
    expect(await snapshot()).toEqual({ messages, lastId: 3 });
    await chat.store.trim(1);
    expect(await snapshot()).toEqual({ messages: messages.slice(2), lastId: 3 });
  });
});

describe('what else is asked for', () => {
  const request = (method: string, path: string) => fetch(chat.server.origin + path, { method });

  it('answers HEAD without a body', async () => {
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

  it('answers 404 where nothing is, and 405 with what is allowed', async () => {
    expect((await request('GET', '/chat/../package.json')).status).toBe(404);
    expect((await request('GET', '/chat')).status).toBe(404);
    const post = await request('DELETE', '/chat/new');
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'POST']);
    const stream = await request('POST', '/chat/stream?a=b');
    expect([stream.status, stream.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('serves the page with a policy that lets in nothing from elsewhere', async () => {
    const page = await request('GET', '/');
    expect(await page.text()).toBe(readFileSync('examples/chat/page/index.html', 'utf8'));
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';");
    expect((await request('GET', '/style.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect((await request('GET', '/icon.svg')).headers.get('content-type')).toBe('image/svg+xml');
  });
});

describe('a chat in trouble', () => {
  it('loses and doubles nothing when connections are cut while messages are being posted', async () => {
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

  it('is waited for while it answers 503, for as long as it asks', async () => {
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
    expect((refused as { error: ResponseStatusError }).error.body).toBe('{"error":"The chat is not available now"}');

    chat.server.trouble.refuse(0);
    scheduler.flush();
    await lifecycle.find(step => step.kind === 'event' && withId(2)(step.event));
    expect(lifecycle.values.filter(ofKind('open'))[1]?.resumedFrom).toBe('1');
  });

  it('is left when it falls silent, and what was posted meanwhile comes on the next connection', async () => {
    const scheduler = new VirtualTimeScheduler();
    const lifecycle = chat.lifecycle({ scheduler, idleTimeout: 5000 });
    await chat.post('before');
    await lifecycle.find(ofKind('event'));
    chat.server.trouble.silence();
    await chat.post('meanwhile');
    // A connection of now is served; by the time that it has the message, one that is not silent would have it, too.
    await chat.events({ lastEventId: '1' }).first(1);

    scheduler.flush();
    await lifecycle.find(step => step.kind === 'event' && withId(2)(step.event));
    expect(lifecycle.values.filter(step => step.kind !== 'retry-time')).toMatchObject([
      { kind: 'connecting' },
      { kind: 'open', resumedFrom: '' },
      { kind: 'event', event: { lastEventId: '1' } },
      { kind: 'waiting', error: expect.any(EventSourceTimeoutError) },
      { kind: 'connecting', lastEventId: '1' },
      { kind: 'open', resumedFrom: '1' },
      { kind: 'event', event: { lastEventId: '2' } },
    ]);
  });

  it('comes back from a restart on the same port with all messages, and its clients go on', async () => {
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

  it('is restarted once by two requests, and not at all when it is closed meanwhile', async () => {
    const restarted = chat.server.restart(60_000);
    expect(chat.server.restart(0)).toBe(restarted);
    await chat.server.close();
    await restarted;
    await expect(fetch(chat.stream)).rejects.toThrow('fetch failed');
  });

  it('has a button for each', async () => {
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
  it('reads a file whose last line is torn, and goes on after the last whole one', async () => {
    const path = join(chat.folder, 'torn.jsonl');
    const draft = { author: 'ada', message: 'ü' };
    const written = await FileMessageStore.open(path);
    const whole = [await written.append(draft), await written.append(draft)];
    await writeFile(path, '{"id":3,"author":"ada","message":"a message that is longer than the next', { flag: 'a' });

    const store = await FileMessageStore.open(path);
    expect(await store.after('')).toEqual({ after: '0', messages: whole });
    whole.push(await store.append(draft));
    expect(await store.after('2')).toEqual({
      after: '2',
      messages: [{ ...draft, id: 3, at: expect.any(String) as unknown }],
    });
    expect(await readFile(path, 'utf8')).toBe(whole.map(message => `${JSON.stringify(message)}\n`).join(''));
    expect((await (await FileMessageStore.open(path)).after('')).messages).toEqual(whole);
  });

  it('answers like a list that forgets its oldest, whatever is appended, trimmed and opened again', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const random = new Random(seed);
    const history = 4;
    const path = join(chat.folder, 'history.jsonl');
    let store = await FileMessageStore.open(path, history);
    let model: ChatMessage[] = [];
    for (let step = 0; step < 300; step++) {
      const keep = random.between(1, history);
      const chosen = random.weighted({ append: 14, trim: 3, open: 3 });
      if (chosen === 'append') model = [...model, await store.append({ author: 'ada', message: `${step}` })];
      else if (chosen === 'trim') await store.trim(keep);
      else store = await FileMessageStore.open(path, history);
      model = model.slice(-(chosen === 'trim' ? keep : history));
      model.forEach(({ id }, index) => expect([seed, id]).toEqual([seed, (model[0]?.id ?? 0) + index]));
      const first = model[0]?.id ?? 1;
      const last = model.at(-1)?.id ?? 0;
      for (const id of ['', ...numbers(Math.max(first - 3, 0), last + 2).map(String)]) {
        const after = id !== '' && Number(id) >= first - 1 && Number(id) <= last ? Number(id) : first - 1;
        expect([seed, id, await store.after(id)]).toEqual([
          seed,
          id,
          { after: String(after), messages: model.filter(message => message.id > after) },
        ]);
      }
      // Older messages leave the file as well, if not at once.
      expect((await readFile(path, 'utf8')).split('\n').length - 1).toBeLessThanOrEqual(2 * history);
    }
  });

  it('keeps the order in which it was asked', async () => {
    const store = await FileMessageStore.open(join(chat.folder, 'order.jsonl'));
    const texts = numbers(1, 20).map(String);
    const stored = await Promise.all(texts.map(message => store.append({ author: 'ada', message })));
    expect(stored.map(({ id, message }) => [id, message])).toEqual(texts.map(text => [Number(text), text]));
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

  it('prints what happens, keeps its position in a file, and goes on from there when it is started again', async () => {
    await chat.post('one');
    await chat.post('\u001b[2Jtwo');
    const first = open();
    await first.message(2);
    await contentOf(first.positionFile, '2');
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
    await contentOf(second.positionFile, '3');
    expect(second.printed()).toEqual([
      '○ connecting after #2',
      '● connected, resumed after #2',
      expect.stringMatching(/ #3 ada three$/),
      '',
    ]);
  });

  it('says what it may have missed while it was not running', async () => {
    await chat.post('one');
    const first = open();
    await first.message(1);
    await contentOf(first.positionFile, '1');
    first.steps.subscription.unsubscribe();
    await chat.post('two');
    await chat.post('three');
    await chat.store.trim(1);

    const second = open();
    await second.message(3);
    await contentOf(second.positionFile, '3');
    expect(second.printed()).toEqual([
      '○ connecting after #1',
      '● connected, resumed after #1',
      '▲ some messages may be missing: asked for those after #1, and it goes on after #2',
      expect.stringMatching(/ #3 ada three$/),
      '',
    ]);
  });

  it('sends what is typed, and says why where it cannot', async () => {
    const terminal = open();
    terminal.input.write(`hello\n\n${'a'.repeat(2001)}\nagain\n`);
    await terminal.message(2);
    await contentOf(terminal.positionFile, '2');
    const { values } = terminal.steps;
    expect(values.flatMap(step => (step.kind === 'event' ? [step.event.data.message] : []))).toEqual([
      'hello',
      'again',
    ]);
    expect(terminal.printed()).toContain('✗ not sent: Expected message to have 1 to 2000 characters, but it has 2001');
  });
});

/** Fulfilled once the file holds the text. */
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
