import { noChunk } from '#texts';
/** Makes bytes of a chunk. */
export type ChunkEncoder = (chunk: Uint8Array | string) => Uint8Array;

/**
 * Makes bytes of chunks, some of which may be text. The first half of a surrogate pair is kept back until the second has come, or
 * bytes have.
 */
export function newChunkEncoder(): ChunkEncoder {
  let encoder: TextEncoder | undefined;
  let half = '';
  return chunk => {
    if (typeof chunk === 'string') {
      const text = half + chunk;
      half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
      encoder ??= new TextEncoder();
      return encoder.encode(half ? text.slice(0, -1) : text);
    }
    if (!ArrayBuffer.isView(chunk)) throw new TypeError(noChunk(chunk));
    if (!half) return chunk;
    // Half a pair that nothing completes any more is U+FFFD.
    half = '';
    return new Uint8Array([0xef, 0xbf, 0xbd, ...chunk]);
  };
}
