import { parseId, type Position } from './history.js';
import { type Page, StoreUnavailableError, type StoredMessage } from './message-store.js';

/** An entry of a Redis Stream that contains a message. */
export interface Entry {
  readonly id: string;
  readonly message: Readonly<Record<string, string>>;
}

/** Returns the position of an entry. */
export function positionOf({ id }: Pick<Entry, 'id'>): Position {
  const position = parseId(id);
  if (!position) throw new StoreUnavailableError(`Expected the id of a message, but it is ${id}`);
  return position;
}

/** Returns the page after a position. */
export function pageOf(after: Position, entries: readonly Entry[]): Page {
  const last = entries.at(-1);
  return { after, messages: entries.map(messageOf), reached: last ? positionOf(last) : after };
}

function messageOf(entry: Entry): StoredMessage {
  const { epoch, number } = positionOf(entry);
  const { author, message, at = NaN } = entry.message;
  if (author === undefined || message === undefined || Number.isNaN(Number(at))) {
    throw new StoreUnavailableError(`Expected a message, but ${entry.id} is something else`);
  }
  return { epoch, message: { id: number, author, message, at: new Date(Number(at)).toISOString() } };
}
