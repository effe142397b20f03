import type { ServerSentEvent } from '../index.js';

/** The first line of a recording. */
export interface RecordingHead {
  readonly recording: 1;
  readonly url: string;
  /** When it was begun. */
  readonly started: string;
}

/** A line of a recording: what came, and how many milliseconds after the beginning. */
export interface RecordedItem {
  readonly at: number;
  readonly event?: { readonly type: string; readonly data: string; readonly id?: string };
  readonly comment?: string;
  readonly retry?: number;
}

/** The line of an event. It has an id if that is another than before. */
export function recordedEvent(at: number, { type, data, lastEventId }: ServerSentEvent, before: string): RecordedItem {
  return { at, event: { type, data, ...(lastEventId !== before && { id: lastEventId }) } };
}

/** Reads a recording; what is wrong with it is said with the number of the line. */
export function parseRecording(text: string): RecordedItem[] {
  const lines = text.split('\n');
  const items = lines.flatMap((line, index): RecordedItem[] => {
    if (line.trim() === '') return [];
    const item = parseLine(line);
    if (!item) throw new Error(`Line ${index + 1} is none of a recording`);
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
