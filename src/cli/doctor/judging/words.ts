import type { Failure } from '../facts.js';

export { counted } from '../../counted.js';

/** Returns a time for readers: `3 ms`, `1.2 s`. */
export function shownTime(ms: number): string {
  return Math.round(ms) < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}

/** Returns a text of the server, shortened, on one line. */
export function quoted(value: string): string {
  const line = value.replace(/\s+/g, ' ');
  return `"${line.length > 60 ? `${line.slice(0, 60)}…` : line}"`;
}

/** Returns the reason of a failure, if there is no own text for its code. */
export function shownFailure({ code, message }: Failure): string {
  return message.includes(code) ? message : `${message} (${code})`;
}
