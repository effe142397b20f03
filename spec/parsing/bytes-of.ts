import { utf8 } from './parse-chunks.js';

export type Bytes = string | readonly number[] | Uint8Array;

/** Joins texts, as UTF-8, and bytes. */
export const bytesOf = (...parts: Bytes[]) =>
  Uint8Array.from(Buffer.concat(parts.map(part => (typeof part === 'string' ? utf8(part) : Uint8Array.from(part)))));
