import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type ConnectionState,
  decode,
  type FetchLike,
  fromEventSourceLifecycle,
  IDLE_CONNECTION,
  json,
  routeTo,
} from 'rx-sse';
import { type FakeEventSource, fakeEventSource } from 'rx-sse/testing';
import { BehaviorSubject, type Subscription } from 'rxjs';

interface Message {
  readonly author: string;
  readonly text: string;
}

interface ChatState {
  readonly messages: readonly Message[];
  readonly connection: ConnectionState;
}

export class ChatStore {
  readonly state = new BehaviorSubject<ChatState>({ messages: [], connection: IDLE_CONNECTION });

  constructor(private readonly fetch: FetchLike) {}

  connect(): Subscription {
    return fromEventSourceLifecycle('/chat', { fetch: this.fetch, reconnect: { delay: 1000, jitter: 0 } })
      .pipe(
        decode({ message: json<Message>() }),
        routeTo({
          events: { message: message => this.patch({ messages: [...this.state.value.messages, message] }) },
          state: connection => this.patch({ connection }),
          reset: () => this.patch({ messages: [] }),
        }),
      )
      .subscribe();
  }

  private patch(change: Partial<ChatState>): void {
    this.state.next({ ...this.state.value, ...change });
  }
}

describe('ChatStore', () => {
  const hello = { author: 'Ada', text: 'hello' };
  const hi = { author: 'Bob', text: 'hi' };
  let server: FakeEventSource;
  let store: ChatStore;
  let subscription: Subscription;
  beforeEach(() => {
    jest.useFakeTimers();
    server = fakeEventSource();
    store = new ChatStore(server.fetch);
    subscription = store.connect();
  });
  afterEach(() => {
    subscription.unsubscribe();
    server.verify();
    jest.useRealTimers();
  });

  it('collects messages, and knows how the connection stands', () => {
    const connection = server.expectConnection({ url: '/chat', lastEventId: '' });
    expect(store.state.value).toMatchObject({ messages: [], connection: { status: 'connecting' } });

    connection.open().send({ id: 1, type: 'message', data: hello }).comment('a heartbeat');
    expect(store.state.value).toMatchObject({ messages: [hello], connection: { status: 'open' } });
  });

  it('keeps its messages over a reconnect that resumes', () => {
    server.expectConnection().open().send({ id: 1, data: hello }).break();
    expect(store.state.value).toMatchObject({ messages: [hello], connection: { status: 'waiting', attempt: 1 } });

    jest.advanceTimersByTime(1000);
    server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: hi });
    expect(store.state.value).toMatchObject({ messages: [hello, hi], connection: { status: 'open' } });
  });

  it('starts over where the connection could not resume', () => {
    server.expectConnection().open().send({ data: hello }).end();
    jest.advanceTimersByTime(1000);
    server.expectConnection({ lastEventId: '' }).open().send({ data: hello }).send({ data: hi });
    expect(store.state.value.messages).toEqual([hello, hi]);
  });

  it('says why it has failed for good', () => {
    server.expectConnection().refuse(403, { body: 'members only' });
    expect(store.state.value.connection).toMatchObject({ status: 'failed', error: { status: 403 } });
  });

  it('closes its connection', () => {
    const connection = server.expectConnection().open();
    subscription.unsubscribe();
    expect(connection.state).toBe('closed');
  });
});
