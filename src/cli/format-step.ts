import type { EventSourceLifecycle, ServerSentEvent } from '../index.js';
import type { Paint } from './style.js';

/** The format of printed events. */
export type Format = 'stream' | 'json' | 'data';

/** How to print it. */
export interface Look {
  readonly paint: Paint;
  /** On a terminal, control characters of the server are removed. */
  readonly isTerminal: boolean;
}

/** Returns an event as text: in the format of a stream, as a line of JSON, or only its data. */
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

/** Replaces control characters, which could move the cursor or change colors. Tabs and line ends stay. */
export const withoutControls = (text: string): string => text.replace(/[\0-\x08\v-\x1f\x7f-\x9f]/g, '·');

/** Returns any step as a line of JSON. Headers are an object, errors have a name and a message. */
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
