import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import { type ChatMessage, LOBBY } from '../../examples/chat/chat-message.js';
import { postMessage } from '../../examples/chat/client/post-message.js';
import { ChatServer } from '../../examples/chat/server/chat-server.js';
import { FileMessageStore } from '../../examples/chat/server/file-message-store.js';
import { idOf } from '../../examples/chat/server/history.js';
import { type MessageStore, PAGE_SIZE } from '../../examples/chat/server/message-store.js';
import { type EventSourceOptions, fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { type Observed, observe } from '../support/observe.js';

export interface ChatFixtureOptions {
  readonly heartbeat?: number;
  /** Returns whether a request may read a room, or write to it. */
  readonly isAllowed?: (request: IncomingMessage) => boolean;
  /** The number of messages that the store keeps. */
  readonly history?: number;
  /** Returns another store in front of the given one. */
  readonly wrap?: (store: MessageStore) => MessageStore;
  /** Opens the store. The folder is available for its data. */
  readonly openStore?: (folder: string, history: number | undefined) => Promise<MessageStore>;
}

const inFiles = (folder: string, history?: number): Promise<MessageStore> =>
  FileMessageStore.open(folder, history === undefined ? {} : { history });

/** A chat server with its own folder, and observers of its streams. */
export class ChatFixture {
  private readonly subscriptions: Subscription[] = [];

  private constructor(
    readonly server: ChatServer,
    readonly folder: string,
    private readonly stores: readonly MessageStore[],
  ) {}

  static async start({
    heartbeat = 60_000,
    history,
    wrap = store => store,
    isAllowed = () => true,
    openStore = inFiles,
  }: ChatFixtureOptions = {}): Promise<ChatFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'chat-spec-'));
    const stores: MessageStore[] = [];
    const server = await ChatServer.start({
      port: 0,
      pageFolder: 'examples/chat/page',
      openStore: async () => {
        const store = wrap(await openStore(folder, history));
        stores.push(store);
        return store;
      },
      retry: 100,
      heartbeat,
      isAllowed,
    });
    return new ChatFixture(server, folder, stores);
  }

  get stream(): string {
    return `${this.server.origin}/chat/stream`;
  }

  /** The store that the server has open. */
  get store(): MessageStore {
    const store = this.stores.at(-1);
    if (!store) throw new Error('Expected the server to have opened a store');
    return store;
  }

  post(message: string, author = 'ada', room = LOBBY): Promise<ChatMessage> {
    return postMessage(this.server.origin, { author, message }, room);
  }

  /** Returns the event id of the message with this number, in the current epoch. */
  async idOf(number: number): Promise<string> {
    const { epoch } = (await this.store.page(LOBBY, '')).reached;
    return `${epoch}-${number}`;
  }

  trim(keep: number): Promise<void> {
    return this.store.trim(LOBBY, keep);
  }

  /** Returns the numbers of the messages that the store holds. It reads all pages. */
  async held(): Promise<number[]> {
    const ids: number[] = [];
    for (let position = ''; ;) {
      const { messages, reached } = await this.store.page(LOBBY, position);
      ids.push(...messages.map(({ message }) => message.id));
      if (messages.length < PAGE_SIZE) return ids;
      position = idOf(reached);
    }
  }

  /** Sends `count` messages, eight at a time. */
  async postMany(count: number, posted: (message: ChatMessage) => void = () => undefined): Promise<void> {
    let left = count;
    const worker = async () => {
      while (left-- > 0) posted(await this.post(`${left} to go`));
    };
    await Promise.all(Array.from({ length: 8 }, worker));
  }

  events(options: EventSourceOptions = {}) {
    return this.observed(observe(fromEventSource(this.stream, { ...AT_ONCE, ...options })));
  }

  lifecycle(options: EventSourceOptions = {}, query = '') {
    return this.observed(observe(fromEventSourceLifecycle(this.stream + query, { ...AT_ONCE, ...options })));
  }

  /** Unsubscribes from it in `close`. */
  observed<T>(observed: Observed<T>): Observed<T> {
    this.subscriptions.push(observed.subscription);
    return observed;
  }

  async close(): Promise<void> {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await this.server.close();
    await rm(this.folder, { recursive: true });
  }
}

/** Reconnects without a delay. */
const AT_ONCE: EventSourceOptions = { reconnect: { delay: 0, serverDelay: false } };
