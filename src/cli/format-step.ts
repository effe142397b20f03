import type { EventSourceLifecycle, ServerSentEvent } from '../index.js';
import type { Paint } from './style.js';

/** What is printed of each event. */
export type Format = 'stream' | 'json' | 'data';

/** Where it is printed. */
export interface Look {
  readonly paint: Paint;
  /** What a server sends must not command a terminal. */
  readonly isTerminal: boolean;
}

/** An event as text: as a stream has it, as JSON on a line, or its data alone. */
export function formatEvent({ type, data, lastEventId }: ServerSentEvent, format: Format, look: Look): string {
  const { paint } = look;
  const shown = (text: string) => (look.isTerminal ? withoutControls(text) : text);
  if (format === 'json') return `${JSON.stringify({ type, data, lastEventId })}\n`;
  if (format === 'data') return `${shown(data)}\n`;
  const field = (name: string, value: string, ...styles: Parameters<Paint>[1][]) =>
    `${paint(`${name}:`, 'dim')} ${paint(shown(value), ...styles)}\n`;
  return [
    lastEventId === '' ? '' : field('id', lastEventId, 'cyan'),
    type === 'message' ? '' : field('event', type, 'yellow'),
    ...data.split('\n').map(line => field('data', line)),
    '\n',
  ].join('');
}

/** A text without what moves the cursor or changes colours; tabs and line ends stay. */
export const withoutControls = (text: string): string => text.replace(/[\0-\x08\v-\x1f\x7f-\x9f]/g, '·');

/** Any step as JSON on a line: headers as an object, errors as their name and message. */
export function formatStep(step: EventSourceLifecycle): string {
  const plain = (name: string, value: unknown): unknown => {
    if (value instanceof Headers) return Object.fromEntries(value);
    if (name === 'error' && value instanceof Error) {
      const { status } = value as { readonly status?: number };
      return { name: value.name, message: value.message, ...(status !== undefined && { status }) };
    }
    return value;
  };
  return `${JSON.stringify(step, plain)}\n`;
}
