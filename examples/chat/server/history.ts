/**
 * One life of the message store, for example from one start of the Redis server to the next. If a server dies, it may
 * lose its newest messages and use their numbers again. The epoch tells them apart.
 */
export interface Epoch {
  /** When it started, in milliseconds. Later than the previous one. */
  readonly epoch: number;
  /** The number of the last message before it. */
  readonly after: number;
}

/** A position in a room: after the message with this number in this epoch. */
export interface Position {
  readonly epoch: number;
  readonly number: number;
}

/** The state of a room's messages, without reading them. */
export interface History {
  /** In order. */
  readonly epochs: readonly Epoch[];
  /** The number of the oldest stored message, or of the next one if there is none. */
  readonly first: number;
  /** The number of the newest message; 0 if there never was one. */
  readonly last: number;
}

/** The position before the first message, in any epoch. */
export const BEGINNING: Position = { epoch: 0, number: 0 };

/** Returns the id of an event: `<epoch>-<number>`, like the entries of a Redis Stream. */
export const idOf = ({ epoch, number }: Position) => `${epoch}-${number}`;

/** Returns the position of an id, or `undefined` if the id isn't valid. */
export function parseId(id: string): Position | undefined {
  const [, epoch, number] = /^(0|[1-9]\d{0,14})-(0|[1-9]\d{0,14})$/.exec(id) ?? [];
  return epoch === undefined || number === undefined ? undefined : { epoch: Number(epoch), number: Number(number) };
}

/** Returns the position after the message with this number. */
export function positionAt(number: number, epochs: readonly Epoch[]): Position {
  const epoch = epochs.filter(({ after }) => after < number).at(-1);
  return epoch ? { epoch: epoch.epoch, number } : { ...BEGINNING, number };
}

/** Whether a position is equal to another one or after it. */
export const isAtOrBehind = (one: Position, other: Position) =>
  one.epoch === other.epoch ? one.number >= other.number : one.epoch > other.epoch;

/**
 * Returns where a stream resumes if a client asks for `asked`. If nothing is missing after it, this is the same
 * position. Otherwise it's the last earlier position that both histories share, but not before the oldest stored
 * message.
 */
export function resumePoint(asked: Position | undefined, { epochs, first, last }: History): Position {
  const oldest = positionAt(first - 1, epochs);
  if (!asked) return oldest;
  if (asked.number === 0) return oldest;
  const index = epochs.findIndex(({ epoch }) => epoch === asked.epoch);
  const epoch = epochs[index];
  if (!epoch || asked.number <= epoch.after) return oldest;
  // Later messages of that epoch were lost when it ended, or when a later epoch ended.
  const end = Math.min(last, ...epochs.slice(index + 1).map(({ after }) => after));
  const number = Math.min(asked.number, end);
  return number < first - 1 ? oldest : positionAt(number, epochs);
}

/**
 * Returns the epochs that an answer can depend on. Without the others, every id has the same `resumePoint`: their
 * messages are gone, and a client that asks for one of them resumes from the oldest message.
 */
export function reachable({ epochs, first }: History): Epoch[] {
  const oldest = positionAt(first - 1, epochs);
  const start = epochs.map(({ after }) => after < first).lastIndexOf(true);
  return epochs.filter(({ epoch }, index) => index >= start || epoch === oldest.epoch);
}
