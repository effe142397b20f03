import type { ChunkFacts } from '../facts.js';

/** Chunks that come closer to each other than that are one lump, in milliseconds. */
const GAP = 20;

/** Chunks that came together. */
export interface Lump {
  readonly at: number;
  /** How long nothing had come before: since the headers, for the first. */
  readonly pauseBefore: number;
  readonly bytes: number;
  readonly events: number;
  /** The sizes of its chunks. */
  readonly sizes: readonly number[];
  readonly isMidLine: boolean;
}

/** The chunks of a stream, put together by the times of their arrival. */
export function lumpsOf(chunks: readonly ChunkFacts[]): Lump[] {
  const lumps: Lump[] = [];
  let last = 0;
  for (const { at, bytes, events, isMidLine } of chunks) {
    const pauseBefore = at - last;
    const before = lumps.at(-1);
    last = at;
    if (!before || pauseBefore > GAP) {
      lumps.push({ at, pauseBefore, bytes, events, sizes: [bytes], isMidLine });
      continue;
    }
    lumps[lumps.length - 1] = {
      ...before,
      bytes: before.bytes + bytes,
      events: before.events + events,
      sizes: [...before.sizes, bytes],
      isMidLine,
    };
  }
  return lumps;
}
