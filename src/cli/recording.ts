import type { ServerSentEvent } from '../index.js';

/** The first line of a recording. */
export interface RecordingHead {
  readonly recording: 1;
  readonly url: string;
  /** When it started. */
  readonly started: string;
}

/** A line of a recording: an item, and its time in milliseconds since the start. */
export interface RecordedItem {
  readonly at: number;
  readonly event?: { readonly type: string; readonly data: string; readonly id?: string };
  readonly comment?: string;
  readonly retry?: number;
}

/** Returns the line of an event. It has an id if the id has changed. */
export function recordedEvent(at: number, { type, data, lastEventId }: ServerSentEvent, before: string): RecordedItem {
  return { at, event: { type, data, ...(lastEventId !== before && { id: lastEventId }) } };
}

/** Parses a recording. Throws an error with the number of an invalid line. */
export function parseRecording(text: string): RecordedItem[] {
  const lines = text.split('\n');
  const items = lines.flatMap((line, index): RecordedItem[] => {
    if (line.trim() === '') return [];
    const item = parseLine(line);
    if (!item) throw new Error(`Line ${index + 1} isn't valid`);
    return 'recording' in item ? [] : [item as RecordedItem];
  });
  if (items.length === 0) throw new Error('There is nothing recorded in it');
  return items;
}

function parseLine(line: string): object | undefined {
  try {
    const item = JSON.parse(line) as Partial<RecordingHead & RecordedItem> | null;
    if (item?.recording === 1) return item;
    const { at, event, comment, retry } = item ?? {};
    const isEvent = typeof event?.type === 'string' && typeof event.data === 'string';
    const isItem = isEvent || typeof comment === 'string' || typeof retry === 'number';
    return typeof at === 'number' && at >= 0 && isItem ? (item ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}
