/* eslint jest/no-export: off -- these tests run with each store, in a spec for each */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChatMessage, LOBBY } from '../../examples/chat/chat-message.js';
import { idOf, type Position } from '../../examples/chat/server/history.js';
import type { MessageStore } from '../../examples/chat/server/message-store.js';
import { observe } from '../support/observe.js';
import { Random } from '../support/random.js';
import { numbers } from './chat-events.js';

/** A store and its storage. */
export interface StoreBed {
  /** Opens the store on the stored messages. */
  open(history: number): Promise<MessageStore>;
  /** Restarts the storage. */
  restart(): Promise<void>;
  /** Returns a function that restores the storage as it is now. */
  mark(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** A message in the list of the model. */
interface Kept extends Position {
  readonly message: ChatMessage;
}

/** A model of a store: a plain list that can drop its oldest messages and lose its newest. */
class ListModel {
  private branch: readonly Kept[] = [];
  private first = 1;
  /** The ids of all messages that it ever had, including lost and dropped ones. */
  readonly seen = new Set<string>();

  get last(): Kept | undefined {
    return this.branch.at(-1);
  }

  append(kept: Kept, history: number): void {
    this.branch = [...this.branch, kept];
    this.seen.add(idOf(kept));
    this.trim(history);
  }

  trim(keep: number): void {
    this.first = Math.max(this.first, this.branch.length - keep + 1);
  }

  mark(): () => void {
    const { branch, first } = this;
    return () => {
      this.branch = branch;
      this.first = first;
    };
  }

  /** Returns the messages after an id that a client has received. */
  page(id: string): { readonly after: string; readonly messages: readonly ChatMessage[] } {
    const [epoch, number] = id.split('-').map(Number);
    const shared = this.branch.filter(kept => kept.epoch === epoch && kept.number <= Number(number)).at(-1);
    const oldest = this.branch[this.first - 2];
    const after = shared && shared.number >= this.first - 1 ? shared : oldest;
    const position = id === '0-0' || !after ? { epoch: 0, number: 0 } : after;
    const start = id === '0-0' && oldest ? oldest : position;
    return {
      after: idOf(start),
      messages: this.branch.filter(kept => kept.number > start.number).map(({ message }) => message),
    };
  }
}

/** Tests the behaviour of a store, independent of its storage. */
export function describeMessageStore(makeBed: () => Promise<StoreBed>): void {
  let bed: StoreBed;
  let store: MessageStore;
  const open = async (history: number) => {
    bed = await makeBed();
    store = await bed.open(history);
  };
  const restart = async (act: () => Promise<void>, history: number) => {
    await store.close();
    await act();
    store = await bed.open(history);
  };
  const append = (message: string) => store.append(LOBBY, { author: 'ada', message });
  const lastId = async () => idOf((await store.page(LOBBY, '')).reached);
  afterEach(async () => {
    await store.close();
    await bed.close();
  });

  it('behaves like a plain list when messages are appended, trimmed and lost, and the store is opened again', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const random = new Random(seed);
    const history = 4;
    await open(history);
    const model = new ListModel();
    let restarted = true;
    let loseBed = await bed.mark();
    let loseModel = model.mark();
    const steps = {
      append: async () => {
        const message = await append(`${random.between(0, 1e9)}`);
        const { reached } = await store.page(LOBBY, '');
        expect([seed, reached.number]).toEqual([seed, (model.last?.number ?? 0) + 1]);
        expect([seed, reached.epoch !== model.last?.epoch]).toEqual([seed, restarted]);
        model.append({ ...reached, message }, history);
        restarted = false;
      },
      trim: async () => {
        const keep = random.between(1, history);
        await store.trim(LOBBY, keep);
        model.trim(keep);
      },
      restart: async () => {
        await restart(() => bed.restart(), history);
        restarted = true;
      },
      mark: async () => {
        loseBed = await bed.mark();
        loseModel = model.mark();
      },
      lose: async () => {
        await restart(loseBed, history);
        loseModel();
        restarted = true;
      },
    };
    for (let step = 0; step < 200; step++) {
      await steps[random.weighted({ append: 14, trim: 3, restart: 2, mark: 2, lose: 2 })]();
      for (const id of ['0-0', '7-1', ...model.seen]) {
        const { after, messages } = await store.page(LOBBY, id);
        const told = { after: idOf(after), messages: messages.map(({ message }) => message) };
        expect([seed, step, id, told]).toEqual([seed, step, id, model.page(id)]);
      }
    }
  });

  describe('with a long history', () => {
    beforeEach(() => open(100));

    it('keeps the order of the calls', async () => {
      const texts = numbers(1, 20).map(String);
      const stored = await Promise.all(texts.map(append));
      expect(stored.map(({ id, message }) => [id, message])).toEqual(texts.map(text => [Number(text), text]));
    });

    it('is followed from its current position, in consecutive pieces, by several followers at once', async () => {
      await append('before');
      const id = await lastId();
      const followers = [1, 2, 3].map(() => observe(store.follow(LOBBY)));
      for (const follower of followers) expect((await follower.first(1))[0]).toMatchObject({ messages: [] });
      expect(idOf((await followers[0]?.first(1))?.[0]?.reached ?? { epoch: 0, number: 0 })).toBe(id);
      await Promise.all(numbers(1, 50).map(number => append(`${number}`)));
      const late = observe(store.follow(LOBBY));
      for (const follower of followers) {
        await follower.find(news => news.reached.number === 51);
        const heard = follower.values.flatMap(({ messages }) => messages.map(({ message }) => message.id));
        expect(heard).toEqual(numbers(2, 51));
        follower.values.slice(1).forEach((news, index) => expect(news.after).toEqual(follower.values[index]?.reached));
      }
      await late.first(1);
      for (const { subscription } of [...followers, late]) subscription.unsubscribe();
    });

    it('keeps any text', async () => {
      const text = '"\\\n\r\u2028 ü 🙂 \u0000';
      const stored = await append(text);
      await restart(() => bed.restart(), 100);
      const [page] = (await store.page(LOBBY, '')).messages;
      expect(page?.message).toEqual(stored);
      expect(stored.message).toBe(text);
    });
  });
}
