import type { ChatMessage } from '../../../../chat/chat-message';

export interface Row extends ChatMessage {
  readonly time: string;
  /** Whether it starts a group of messages by the same author, in quick succession. */
  readonly first: boolean;
}

export interface Day {
  /** Without the time, for example `2026-01-31`. */
  readonly date: string;
  readonly label: string;
  readonly rows: Row[];
}

/** A pause that ends a group, in milliseconds. */
const PAUSE = 5 * 60_000;

/** Returns the messages of each day, in the time zone and language of the user. */
export function groupByDay(messages: readonly ChatMessage[]): readonly Day[] {
  const timeOf = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
  const days: Day[] = [];
  for (const message of messages) {
    const at = new Date(message.at);
    const date = dateOf(at);
    let day = days.at(-1);
    if (day?.date !== date) days.push((day = { date, label: labelOf(at), rows: [] }));
    const before = day.rows.at(-1);
    const first = before?.author !== message.author || at.getTime() - Date.parse(before.at) > PAUSE;
    day.rows.push({ ...message, time: timeOf.format(at), first });
  }
  return days;
}

function labelOf(at: Date): string {
  const today = new Date();
  if (dateOf(at) === dateOf(today)) return 'Today';
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (dateOf(at) === dateOf(yesterday)) return 'Yesterday';
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'full' }).format(at);
}

const dateOf = (time: Date) =>
  [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(part => String(part).padStart(2, '0')).join('-');
