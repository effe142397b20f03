import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import type { ChatMessage, ChatSnapshot } from '../../examples/chat/chat-message.js';
import { Conversation } from '../../examples/chat/page/conversation.js';
import { type Change, followChat } from '../../examples/chat/page/follow-chat.js';
import type { ConnectionState, EventSourceOptions } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { Random } from '../support/random.js';
import { ChatFixture } from './chat-fixture.js';

const message = (id: number, at = 'then'): ChatMessage => ({ id, author: 'ada', message: `number ${id}`, at });
const snapshot = (first: number, last: number, at?: string): ChatSnapshot => ({
  messages: Array.from({ length: last - first + 1 }, (_, index) => message(first + index, at)),
  lastId: last,
});
/** Returns the list as text. A message is represented by its number. */
const shown = (conversation: Conversation) =>
  conversation.entries().map(entry => (entry.kind === 'message' ? entry.message.id : entry.text));
const idsIn = (conversation: Conversation) =>
  shown(conversation).filter((entry): entry is number => typeof entry === 'number');
const NOTHING = { received: 0, lost: 0, doubled: 0, gaps: 0, missing: 0, healed: 0 };

describe('Conversation', () => {
  let conversation: Conversation;
  beforeEach(() => {
    conversation = new Conversation();
  });

  it('shows the snapshot, and then new messages', () => {
    conversation.load(snapshot(1, 2));
    conversation.add(message(3));
    expect(shown(conversation)).toEqual([1, 2, 3]);
    expect(conversation.counts).toEqual({ ...NOTHING, received: 3 });
  });

  it('says that there were older messages', () => {
    conversation.load(snapshot(5, 6));
    expect(shown(conversation)).toEqual(['The server no longer has the messages before #5', 5, 6]);
    expect(conversation.counts).toEqual({ ...NOTHING, received: 2 });
  });

  it('marks a gap at once, counts the missing messages with the snapshot, and keeps the messages before', () => {
    conversation.load(snapshot(1, 2));
    conversation.addGap();
    expect(shown(conversation)).toEqual([1, 2, 'Some messages may be missing here']);
    conversation.load(snapshot(6, 7));
    conversation.add(message(8));
    expect(shown(conversation)).toEqual([
      1,
      2,
      '3 messages are missing here (#3 to #5): the server no longer has them',
      6,
      7,
      8,
    ]);
    expect(conversation.counts).toEqual({ ...NOTHING, received: 5, gaps: 1, missing: 3 });
  });

  it('uses the singular for one missing message', () => {
    conversation.load(snapshot(1, 1));
    conversation.addGap();
    conversation.load(snapshot(3, 3));
    expect(shown(conversation)).toEqual([1, '1 message is missing here (#2): the server no longer has it', 3]);
  });

  it('removes the mark if nothing was missing', () => {
    conversation.load(snapshot(1, 3));
    conversation.addGap();
    conversation.load(snapshot(2, 4));
    expect(shown(conversation)).toEqual([1, 2, 3, 4]);
    expect(conversation.counts).toEqual({ ...NOTHING, received: 4, gaps: 1 });
  });

  it('keeps a mark for each gap, and counts missing messages once', () => {
    conversation.load(snapshot(1, 1));
    conversation.load(snapshot(3, 3));
    conversation.load(snapshot(3, 4));
    conversation.load(snapshot(7, 7));
    expect(idsIn(conversation)).toEqual([1, 3, 4, 7]);
    expect(conversation.entries().filter(({ kind }) => kind === 'mark')).toHaveLength(2);
    expect(conversation.counts).toEqual({ ...NOTHING, received: 4, missing: 3 });
  });

  it('removes all messages of a lost history when it shows the new one', () => {
    conversation.load(snapshot(1, 9));
    conversation.addNote({ tone: 'waiting', text: 'the connection was lost' });
    conversation.addGap();
    conversation.load(snapshot(1, 2, 'now'));
    const startsOver = 'The server has lost its history. What was here is gone.';
    expect(shown(conversation)).toEqual([startsOver, 1, 2]);
    expect(conversation.counts).toMatchObject({ received: 11, missing: 0, lost: 0, doubled: 0 });
    conversation.load({ messages: [], lastId: 0 });
    expect(shown(conversation)).toEqual([startsOver]);
    conversation.add(message(1, 'later'));
    expect(shown(conversation)).toEqual([startsOver, 1]);
  });

  it('reports messages that were lost silently, and shows nothing twice', () => {
    conversation.load(snapshot(1, 1));
    for (const id of [4, 4, 2, 5]) conversation.add(message(id));
    expect(shown(conversation)).toEqual([1, '2 messages got lost here (#2 to #3)', 4, 5]);
    expect(conversation.counts).toEqual({ ...NOTHING, received: 3, lost: 2, doubled: 2 });
  });

  it('keeps notes at the position where they were added', () => {
    conversation.addNote({ tone: 'waiting', text: 'top' });
    conversation.load(snapshot(1, 2));
    conversation.addNote({ tone: 'waiting', text: 'went' });
    conversation.addNote({ tone: 'healed', text: 'back' });
    conversation.addGap();
    conversation.load(snapshot(4, 4));
    conversation.addNote({ tone: 'paused', text: 'paused' });
    const missing = '1 message is missing here (#3): the server no longer has it';
    expect(shown(conversation)).toEqual(['top', 1, 2, 'went', 'back', missing, 4, 'paused']);
    expect(conversation.counts.healed).toBe(1);
  });

  it('keeps the keys of unchanged entries, and never uses a key twice', () => {
    const random = new Random(1);
    conversation.load(snapshot(1, 3));
    let before = new Map<string, unknown>();
    for (let last = 3, step = 0; step < 200; step++) {
      const chosen = random.pick(['add', 'gap', 'note'] as const);
      if (chosen === 'add') conversation.add(message(++last));
      if (chosen === 'note') conversation.addNote({ tone: 'waiting', text: 'went' });
      if (chosen === 'gap') {
        conversation.addGap();
        last += random.between(1, 4);
        conversation.load(snapshot(last, last));
      }
      const entries = conversation.entries();
      const now = new Map(entries.map(entry => [entry.key, entry]));
      expect(now.size).toBe(entries.length);
      for (const [key, entry] of before) expect(now.get(key)).toEqual(entry);
      before = now;
    }
  });
});

describe('followChat', () => {
  let chat: ChatFixture;
  beforeEach(async () => {
    chat = await ChatFixture.start();
  });
  afterEach(() => chat.close());

  const follow = (options: EventSourceOptions = {}) => {
    const conversation = new Conversation();
    const changes = chat.observed(
      observe(
        followChat(chat.server.origin, conversation, {
          reconnect: { delay: 0, serverDelay: false },
          ...options,
        }),
      ),
    );
    return {
      conversation,
      changes,
      /** Resolves when it shows the message. */
      shows: (id: number) => changes.find(() => idsIn(conversation).includes(id)),
      kinds: () => changes.values.map(({ kind }) => kind),
    };
  };
  const status = (wanted: ConnectionState['status']) => (change: Change) =>
    change.kind === 'state' && change.state.status === wanted;

  it('starts with all messages of the server, and continues with new ones', async () => {
    await chat.postMany(3);
    const { conversation, shows, kinds } = follow();
    await shows(3);
    await chat.post('four');
    await shows(4);
    expect(shown(conversation)).toEqual([1, 2, 3, 4]);
    expect(kinds().filter(kind => kind === 'snapshot')).toHaveLength(1);
    expect(kinds().filter(kind => kind === 'message')).toHaveLength(1);
  });

  it('reports one gap if the history was trimmed while it was disconnected, and then matches the server', async () => {
    await chat.post('one');
    await chat.post('two');
    const { conversation, shows, changes, kinds } = follow();
    await shows(2);
    await fetch(`${chat.server.origin}/trouble/gap?for=0`, { method: 'POST' });
    await shows(6);
    expect(await chat.held()).toEqual([6]);
    await chat.post('seven');
    await shows(7);
    // It may reconnect too early, and be refused.
    expect(shown(conversation).filter(entry => entry !== 'the server answered 503')).toEqual([
      1,
      2,
      'the connection was lost',
      expect.stringMatching(/^reconnected after \d+\.\d s, requested everything after #2$/),
      '3 messages are missing here (#3 to #5): the server no longer has them',
      6,
      7,
    ]);
    expect(conversation.counts).toEqual({ ...NOTHING, received: 4, gaps: 1, missing: 3, healed: 1 });
    expect(kinds().filter(kind => kind !== 'state')).toEqual(['snapshot', 'gap', 'snapshot', 'message']);
    const changed = changes.values.map(change => (change.kind === 'state' ? change.state.status : change.kind));
    expect(changed.join(' ')).toMatch(/^connecting open snapshot( waiting connecting)+ open gap snapshot message$/);
  });

  it('resumes after a cut, without a gap or another snapshot', async () => {
    await chat.post('one');
    const { conversation, shows, changes, kinds } = follow();
    await shows(1);
    chat.server.trouble.cut();
    await changes.find(status('waiting'));
    await chat.post('two');
    await shows(2);
    expect(idsIn(conversation)).toEqual([1, 2]);
    expect(kinds().filter(kind => kind !== 'state')).toEqual(['snapshot', 'message']);
    expect(conversation.counts).toEqual({ ...NOTHING, received: 2, healed: 1 });
  });

  it('pauses and resumes, and receives messages that were posted meanwhile once', async () => {
    const wanted = new BehaviorSubject(true);
    await chat.post('one');
    const { conversation, shows, changes } = follow({ connectWhile: wanted });
    await shows(1);
    wanted.next(false);
    await changes.find(status('paused'));
    await chat.post('two');
    wanted.next(true);
    await shows(2);
    expect(shown(conversation)).toEqual([1, 'paused', expect.stringMatching(/^reconnected after .*after #1$/), 2]);
    expect(conversation.counts).toEqual({ ...NOTHING, received: 2 });
  });

  it('starts over if the server has lost its history', async () => {
    await chat.postMany(5);
    const { conversation, shows, changes } = follow();
    await shows(5);
    await rm(join(chat.folder, 'lobby.jsonl'));
    await chat.server.restart(0);
    await changes.find(({ kind }) => kind === 'gap');
    await changes.find(() => idsIn(conversation).length === 0);
    await chat.post('new');
    await changes.find(() => idsIn(conversation).length === 1);
    expect(shown(conversation)).toEqual(['The server has lost its history. What was here is gone.', 1]);
  });

  it('has the same messages as the server, after cuts, gaps, pauses and restarts at random', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const random = new Random(seed);
    const wanted = new BehaviorSubject(true);
    const { conversation, shows, kinds } = follow({ connectWhile: wanted });
    await shows((await chat.post('first')).id);
    const trouble = {
      cut: () => chat.server.trouble.cut(),
      gap: () => fetch(`${chat.server.origin}/trouble/gap?for=0`, { method: 'POST' }),
      trim: () => chat.trim(random.between(1, 5)),
      pause: () => wanted.next(!wanted.value),
      restart: () => chat.server.restart(0),
      post: () => chat.postMany(random.between(1, 10)),
    };
    for (let step = 0; step < 60; step++) {
      await trouble[random.weighted({ cut: 3, gap: 1, trim: 1, pause: 4, restart: 1, post: 10 })]();
    }
    wanted.next(true);
    await shows((await chat.post('marker')).id);

    const ids = idsIn(conversation);
    expect([seed, ids]).toEqual([seed, [...new Set(ids)].sort((a, b) => a - b)]);
    const onServer = await chat.held();
    expect([seed, ids.filter(id => id >= (onServer[0] ?? 0))]).toEqual([seed, onServer]);
    expect([seed, conversation.counts]).toMatchObject([seed, { lost: 0, doubled: 0, received: ids.length }]);
    expect([seed, kinds().filter(kind => kind === 'gap').length]).toEqual([seed, conversation.counts.gaps]);
    // Every missing message has been reported.
    expect([seed, (ids.at(-1) ?? 0) - ids.length]).toEqual([seed, conversation.counts.missing]);
  });
});
