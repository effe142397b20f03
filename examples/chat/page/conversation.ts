import type { ChatMessage, ChatSnapshot } from '../chat-message.js';

/** An item of the list, from top to bottom. An entry with the same key is the same entry. */
export type Entry = MessageEntry | NoteEntry | MarkEntry;

export interface MessageEntry {
  readonly kind: 'message';
  readonly key: string;
  readonly message: ChatMessage;
}

/** A change of the connection. */
export interface Note {
  readonly tone: 'waiting' | 'paused' | 'resumed' | 'healed';
  readonly text: string;
}

export interface NoteEntry extends Note {
  readonly kind: 'note';
  readonly key: string;
}

/** Messages are missing here, or may be. */
export interface MarkEntry {
  readonly kind: 'mark';
  readonly key: string;
  readonly text: string;
}

/** The numbers of the tally. */
export interface Counts {
  readonly received: number;
  /** Left out, and nobody said so. */
  readonly lost: number;
  readonly doubled: number;
  /** How often the server said that it can't go on. */
  readonly gaps: number;
  /** How many messages the server no longer had. */
  readonly missing: number;
  /** How often a connection that was lost came back by itself. */
  readonly healed: number;
}

/**
 * The messages that have been read, and what is known to be missing among them. Messages are numbered without a hole, so the holes show by
 * themselves.
 */
export class Conversation {
  private messages: ChatMessage[] = [];
  /** Each stands behind a message, by its id; 0 for the top. */
  private notes: (NoteEntry & { readonly behind: number })[] = [];
  private noteCount = 0;
  /** Ids of messages in front of which others were lost. */
  private readonly lostBefore = new Set<number>();
  /** The last message that there was; undefined before the first snapshot. */
  private lastId: number | undefined;
  /** The server said that it can't go on, and the snapshot is not here yet. */
  private hasGap = false;
  private startsOver = false;
  private tally: Counts = { received: 0, lost: 0, doubled: 0, gaps: 0, missing: 0, healed: 0 };

  get counts(): Counts {
    return this.tally;
  }

  /** A message has come. */
  add(message: ChatMessage): void {
    const { id } = message;
    const expected = (this.lastId ?? id - 1) + 1;
    if (id < expected) {
      this.count('doubled', 1);
      return;
    }
    if (id > expected) this.lostBefore.add(id);
    this.count('lost', id - expected);
    this.count('received', 1);
    this.messages.push(message);
    this.lastId = id;
  }

  /** The server can't go on where it should. */
  addGap(): void {
    this.count('gaps', 1);
    this.hasGap = true;
  }

  addNote({ tone, text }: Note): void {
    if (tone === 'healed') this.count('healed', 1);
    const key = `note ${++this.noteCount}`;
    this.notes.push({ kind: 'note', key, tone, text, behind: this.messages.at(-1)?.id ?? 0 });
  }

  /** Everything that the server holds. Messages that were read before stay, even if the server no longer holds them. */
  load({ messages, lastId }: ChatSnapshot): void {
    const first = messages[0]?.id ?? lastId + 1;
    const at = new Map(messages.map(message => [message.id, message.at]));
    const known = new Map(this.messages.map(message => [message.id, message.at]));
    // Numbers that the server has given to other messages, or not yet: it has lost its history, and counts from 1 again.
    this.startsOver = this.messages.some(message => message.id >= first && at.get(message.id) !== message.at);
    if (this.startsOver) {
      this.messages = [];
      this.notes = [];
      this.lostBefore.clear();
    } else if (this.lastId !== undefined) {
      this.count('missing', Math.max(first - this.lastId - 1, 0));
    }
    this.count('received', messages.filter(({ id, at }) => known.get(id) !== at).length);
    this.messages = [...this.messages.filter(({ id }) => id < first), ...messages];
    this.lastId = lastId;
    this.hasGap = false;
  }

  entries(): Entry[] {
    const entries: Entry[] = [];
    const notes = [...this.notes];
    let last = 0;
    const pushNotes = () => {
      while (notes[0] && notes[0].behind <= last) entries.push(...notes.splice(0, 1));
    };
    if (this.startsOver) entries.push(mark('starts over', 'The server has lost its history. What was here is gone.'));
    pushNotes();
    for (const message of this.messages) {
      if (message.id > last + 1) entries.push(this.markHole(last, message.id));
      entries.push({ kind: 'message', key: `${message.id} ${message.at}`, message });
      last = message.id;
      pushNotes();
    }
    if (this.hasGap) entries.push(mark('gap', 'Some messages may be missing here'));
    return entries;
  }

  private markHole(after: number, before: number): Entry {
    const key = `${after} to ${before}`;
    if (after === 0) return mark(key, `The server no longer has the messages before #${before}`);
    const count = before - after - 1;
    const which = count === 1 ? `#${after + 1}` : `#${after + 1} to #${before - 1}`;
    const what = `${count} ${count === 1 ? 'message' : 'messages'}`;
    if (this.lostBefore.has(before)) return mark(key, `${what} got lost here (${which})`);
    const verb = count === 1 ? 'is' : 'are';
    const pronoun = count === 1 ? 'it' : 'them';
    return mark(key, `${what} ${verb} missing here (${which}): the server no longer has ${pronoun}`);
  }

  private count(name: keyof Counts, count: number): void {
    this.tally = { ...this.tally, [name]: this.tally[name] + count };
  }
}

const mark = (key: string, text: string): MarkEntry => ({ kind: 'mark', key: `mark ${key}`, text });
