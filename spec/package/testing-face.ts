// Uses the whole public API of the test kit, as `public-face.ts` uses that of the package.
import { map, type Observable, timer } from 'rxjs';
import { fromEventSource } from '../../src/index.js';
import {
  type ExpectedConnection,
  type FakeAnswer,
  type FakeConnection,
  type FakeConnectionState,
  type FakeEvent,
  type FakeEventSource,
  fakeEventSource,
  type FakeRequest,
  type FakeScript,
  type FakeTab,
  type FakeTabChannel,
  type FakeTabChannelClass,
  type FakeTabLocks,
  type FakeTabPage,
  type FakeTabPlatform,
  type FakeTabs,
  fakeTabs,
} from '../../src/testing/index.js';

const event: FakeEvent = { type: 'chat', data: { text: 'hi' }, id: 1, retry: 500, comment: 'beat' };
const answer: FakeAnswer = { headers: { 'x-room': 'a' }, url: '/elsewhere' };
const expected: ExpectedConnection = {
  method: 'POST',
  url: /chat/,
  headers: { authorization: 'Bearer x', cookie: null, accept: /event-stream/ },
  lastEventId: '',
  body: '{}',
};

const describe = ({ method, url, headers, lastEventId, body }: FakeRequest): string =>
  `${method} ${url} ${headers['accept'] ?? ''} ${lastEventId} ${String(body)}`;

const script: FakeScript = connection => {
  if (connection.index === 0) return connection.refuse(503, { headers: { 'retry-after': '1' }, body: 'later' });
  if (connection.index === 1) return timer(10).pipe(map(() => event));
  connection.open(answer).send(event).send('text').comment().raw('data: a\n').raw(new Uint8Array(1));
};

export const scripted: FakeEventSource = fakeEventSource(script);

export const test = async (): Promise<string> => {
  const server = fakeEventSource();
  const events: Observable<unknown> = fromEventSource('/chat', { fetch: server.fetch });
  const subscription = events.subscribe();
  const first: FakeConnection = server.expectConnection(expected);
  first.play(timer(10).pipe(map(() => 'text'))).end();
  const second = await server.nextConnection('/chat');
  second.fail(new Error('no route'));
  server.expectConnection(/chat/).open().break();
  server.expectNoConnection();
  subscription.unsubscribe();
  server.verify();
  const states: FakeConnectionState[] = server.connections.map(({ state }) => state);
  return `${describe(first)} ${first.sent} ${first.openedAt} ${states.join(' ')}`;
};

export const mistaken: FakeEvent = {
  // @ts-expect-error -- a comment is a string
  comment: 7,
};

export const shareInTabs = async (): Promise<string> => {
  const tabs: FakeTabs = fakeTabs();
  const tab: FakeTab = tabs.open();
  const { BroadcastChannel, locks, page }: FakeTabPlatform = tab.platform;
  const Channel: FakeTabChannelClass = BroadcastChannel;
  const channel: FakeTabChannel = new Channel('news');
  const known: [FakeTabLocks, FakeTabPage] = [locks, page];
  tab.hide();
  tab.show();
  tab.freeze();
  tab.resume();
  tab.leave();
  tab.comeBack();
  tab.crash();
  channel.close();
  await tabs.settle();
  return `${tab.isHidden} ${known.length}`;
};
