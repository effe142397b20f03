/**
 * A life of what keeps the messages, like the time from one start of the Redis server to the next. A server that dies may lose its newest messages,
 * and it gives their numbers to others; the epoch tells these from those.
 */
export interface Epoch {
  /** When it began, in milliseconds; later than the one before. */
  readonly epoch: number;
  /** The number of the last message before it. */
  readonly after: number;
}

/** A place in a room: behind the message with that number, as that epoch has it. */
export interface Position {
  readonly epoch: number;
  readonly number: number;
}

/** What is known of a room's messages without reading them. */
export interface History {
  /** In order. */
  readonly epochs: readonly Epoch[];
  /** The number of the oldest message that is held; if there is none, the number that the next one gets. */
  readonly first: number;
  /** The number of the newest message, 0 if there never was one. */
  readonly last: number;
}

/** Before the first message, whatever the epoch. */
export const BEGINNING: Position = { epoch: 0, number: 0 };

/** The id of an event: `<epoch>-<number>`, as Redis has it for the entries of a stream. */
export const idOf = ({ epoch, number }: Position) => `${epoch}-${number}`;

/** The position that an id stands for; `undefined` if it can't be one of ours. */
export function parseId(id: string): Position | undefined {
  const [, epoch, number] = /^(0|[1-9]\d{0,14})-(0|[1-9]\d{0,14})$/.exec(id) ?? [];
  return epoch === undefined || number === undefined ? undefined : { epoch: Number(epoch), number: Number(number) };
}

/** The position behind the message with that number. */
export function positionAt(number: number, epochs: readonly Epoch[]): Position {
  const epoch = epochs.filter(({ after }) => after < number).at(-1);
  return epoch ? { epoch: epoch.epoch, number } : { ...BEGINNING, number };
}

/** Whether a position is at or behind another one. */
export const isAtOrBehind = (one: Position, other: Position) =>
  one.epoch === other.epoch ? one.number >= other.number : one.epoch > other.epoch;

/**
 * Where a stream goes on that was asked to go on from `asked`: there, if nothing is missing behind it. Otherwise the last position before it that
 * its history shares with this one, and at the earliest the one before the oldest message that is held.
 */
export function resumePoint(asked: Position | undefined, { epochs, first, last }: History): Position {
  const oldest = positionAt(first - 1, epochs);
  if (!asked) return oldest;
  if (asked.number === 0) return oldest;
  const index = epochs.findIndex(({ epoch }) => epoch === asked.epoch);
  const epoch = epochs[index];
  if (!epoch || asked.number <= epoch.after) return oldest;
  // The messages of that epoch behind this one were lost when it ended, or when a later one did.
  const end = Math.min(last, ...epochs.slice(index + 1).map(({ after }) => after));
  const number = Math.min(asked.number, end);
  return number < first - 1 ? oldest : positionAt(number, epochs);
}

/** Without the epochs that no position can be in any more, since their messages are forgotten. */
export function reachable({ epochs, first }: History): Epoch[] {
  return epochs.filter((_, index) => (epochs[index + 1]?.after ?? Infinity) >= first - 1);
}
