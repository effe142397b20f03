import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { filter, take } from 'rxjs';
import type { ChatState } from '../../../examples/stores/chat-stream.js';
import { createChatStore } from '../../../examples/stores/redux-observable.js';
import { type Observed, observe } from '../../support/observe.js';
import { type Exchange, SseServer } from '../../support/sse-server.js';
import { TcpRelay } from '../../support/tcp-relay.js';
import { CHAT_STORES, type RunningStore } from './chat-stores.js';

const FOLDER = 'examples/stores';
const FILES = readdirSync(FOLDER);

/** A chat event as the server sends it. */
const chat = (id: number) => `id: ${id}\n${chatWithoutId(id)}`;
const chatWithoutId = (id: number) =>
  `event: chat\ndata: ${JSON.stringify({ id, user: 'ada', text: `no. ${id}` })}\n\n`;
const presence = (...users: string[]) => `event: presence\ndata: ${JSON.stringify(users)}\n\n`;
/** A short `retry`, so that clients reconnect soon. */
const SOON = 'retry: 100\n\n';

const idsIn = ({ messages }: ChatState) => messages.map(({ id }) => id).join(' ');
const hasIds = (ids: string) => (state: ChatState) => idsIn(state) === ids;
const hasStatus = (status: ChatState['connection']['status']) => (state: ChatState) =>
  state.connection.status === status;

/** The states of a store as lines, in order, without repetitions. */
const story = (states: readonly ChatState[]) =>
  states
    .map(state => `${state.connection.status}: ${idsIn(state)} (${state.online.join(' ')})`)
    .filter((line, index, lines) => line !== lines[index - 1]);

let server: SseServer;
let relay: TcpRelay;
let consoleError: jest.Spied<typeof console.error>;
beforeEach(async () => {
  server = await SseServer.start();
  relay = await TcpRelay.start(server.port);
  // Library checks and error handlers report their findings here.
  consoleError = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  consoleError.mockRestore();
  await relay.close();
  await server.close();
});

let store: RunningStore;
let states: Observed<ChatState>;
const start = (name: string) => {
  const started = CHAT_STORES[name]?.();
  if (!started) throw new Error(`Expected a store named ${name}`);
  store = started;
  states = observe(store.state$);
};
const stop = () => {
  store.destroy();
  expect(consoleError).not.toHaveBeenCalled();
};

describe.each(Object.keys(CHAT_STORES))('%s', name => {
  beforeEach(() => start(name));
  afterEach(stop);

  it('keeps the events in order and resumes after a cut: no message is lost, duplicated or reset', async () => {
    store.enter(relay.url);
    const first = (await server.exchange(0)).open();
    first.send(SOON + presence('ada', 'bob') + chat(1) + chat(2) + chat(3).slice(0, 30));
    await states.find(hasIds('1 2'));
    (await relay.connection(0)).make('resetClient');

    const { connection } = await states.find(hasStatus('waiting'));
    expect(connection).toEqual({
      status: 'waiting',
      attempt: 1,
      retryAt: expect.any(Number),
      lastEventId: '2',
      error: { name: 'ConnectionError', message: expect.any(String) },
    });
    const second = (await server.exchange(1)).open();
    expect(second.lastEventId).toBe('2');
    second.send(chat(3) + presence('ada') + chat(4));

    const last = await states.find(hasIds('1 2 3 4'));
    expect(last.messages).toEqual([1, 2, 3, 4].map(id => ({ id, user: 'ada', text: `no. ${id}` })));
    expect(last.connection).toEqual({ status: 'open', attempt: 1, retryAt: null, lastEventId: '2', error: null });
    expect(story(states.values)).toEqual([
      'idle:  ()',
      'connecting:  ()',
      'open:  ()',
      'open:  (ada bob)',
      'open: 1 (ada bob)',
      'open: 1 2 (ada bob)',
      'waiting: 1 2 (ada bob)',
      'connecting: 1 2 (ada bob)',
      'open: 1 2 (ada bob)',
      'open: 1 2 3 (ada bob)',
      'open: 1 2 3 (ada)',
      'open: 1 2 3 4 (ada)',
    ]);
  });

  it('starts over if the server can’t resume', async () => {
    store.enter(relay.url);
    (await server.exchange(0)).open().send(SOON + presence('ada') + chatWithoutId(1) + chatWithoutId(2));
    await states.find(hasIds('1 2'));
    (await relay.connection(0)).make('resetClient');

    const second = await server.exchange(1);
    expect(second.lastEventId).toBeUndefined();
    second.open().send(chatWithoutId(2) + chatWithoutId(3));
    await states.find(hasIds('2 3'));
    expect(story(states.values).slice(-6)).toEqual([
      'waiting: 1 2 (ada)',
      'connecting: 1 2 (ada)',
      'open: 1 2 (ada)',
      'open:  ()',
      'open: 2 ()',
      'open: 2 3 ()',
    ]);
  });

  it.each([
    ['a refusal', 'ResponseStatusError', (exchange: Exchange) => exchange.refuse(404)],
    [
      'an event that cannot be decoded',
      'DecodeError',
      (exchange: Exchange) => exchange.open().send('event: chat\ndata: {\n\n'),
    ],
  ])('fails for good after %s, and can be entered again', async (_name, error, fail) => {
    store.enter(server.url);
    fail(await server.exchange(0));
    const { connection } = await states.find(hasStatus('failed'));
    expect(connection.error).toMatchObject({ name: error });
    await server.idle();

    store.enter(server.url);
    (await server.exchange(1)).open().send(chat(1));
    const { connection: again } = await states.find(hasIds('1'));
    expect(again).toEqual({ status: 'open', attempt: 0, retryAt: null, lastEventId: '', error: null });
  });

  it.each(['leave', 'destroy'] as const)(
    'closes the connection on `%s`, and receives nothing afterwards',
    async way => {
      store.state$.pipe(filter(hasIds('1')), take(1)).subscribe(() => store[way]());
      store.enter(server.url);
      const exchange = (await server.exchange(0)).open();
      // All events are in one chunk, and the store stops in the middle of it.
      exchange.send(chat(1) + chat(2) + chat(3));
      await exchange.gone();
      await server.idle();
      const lines = story(states.values);
      // A store that outlives its stream returns to `idle`.
      expect([[], ['idle: 1 ()']]).toContainEqual(lines.slice(lines.indexOf('open: 1 ()') + 1));
    },
  );

  it('contains only plain data', async () => {
    store.enter(relay.url);
    (await server.exchange(0)).open().send(SOON + presence('ada') + chat(1));
    await states.find(hasIds('1'));
    (await relay.connection(0)).make('cut');
    (await server.exchange(1)).refuse(404);
    await states.find(hasStatus('failed'));
    for (const state of states.values) expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
  });
});

// Without `ngrx-signal-store`: this store is destroyed with its component, so it can't be entered again.
describe.each(Object.keys(CHAT_STORES).filter(name => name !== 'ngrx-signal-store'))('%s, after `leave`', name => {
  beforeEach(() => start(name));
  afterEach(stop);

  it('can be entered again, and starts from scratch', async () => {
    store.enter(server.url);
    const first = (await server.exchange(0)).open().send(chat(1) + chat(2));
    await states.find(hasIds('1 2'));
    store.leave();
    await first.gone();
    store.enter(server.url);
    const second = (await server.exchange(1)).open();
    expect(second.lastEventId).toBeUndefined();
    second.send(chat(2) + chat(3));
    await states.find(hasIds('2 3'));
    const lines = story(states.values);
    expect(lines.slice(lines.indexOf('idle: 1 2 ()'))).toEqual([
      'idle: 1 2 ()',
      'idle:  ()',
      'connecting:  ()',
      'open:  ()',
      'open: 2 ()',
      'open: 2 3 ()',
    ]);
  });
});

it('redux-observable runs with its check for plain data', () => {
  createChatStore().dispatch({ type: 'not plain', payload: new Date() });
  expect(String(consoleError.mock.calls[0]?.[0])).toContain('A non-serializable value was detected in an action');
});

describe('the example sources', () => {
  it('are all tested', () => {
    expect(FILES.filter(file => file !== 'chat-stream.ts').sort()).toEqual(
      Object.keys(CHAT_STORES)
        .map(name => `${name}.ts`)
        .sort(),
    );
  });

  it.each(FILES)('%s has fewer than 45 lines, and docs/stores.md shows it unchanged', file => {
    const source = readFileSync(`${FOLDER}/${file}`, 'utf8');
    expect(source.trimEnd().split('\n').length).toBeLessThan(45);
    // `typescript` instead of `ts`: docs.spec.ts compiles `ts` blocks as separate modules, and these import each other.
    const [, shown] =
      readFileSync('docs/stores.md', 'utf8')
        .split(`](../${FOLDER}/${file})`)[1]
        ?.split(/^```(?:typescript)?\n/m) ?? [];
    expect(shown).toBe(source);
  });
});
