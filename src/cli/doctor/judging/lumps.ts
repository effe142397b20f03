import type { ChunkFacts } from '../facts.js';

/** Chunks within this many milliseconds are one lump. */
const GAP = 20;

/** Chunks that arrived together. */
export interface Lump {
  readonly at: number;
  /** The pause before it; for the first, the time since the headers. */
  readonly pauseBefore: number;
  readonly bytes: number;
  readonly events: number;
  /** The sizes of its chunks. */
  readonly sizes: readonly number[];
  readonly isMidLine: boolean;
}

/** Groups the chunks of a stream by their times of arrival. */
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
