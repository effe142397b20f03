import { noChunk } from '#texts';
/** Turns a chunk into bytes. */
export type ChunkEncoder = (chunk: Uint8Array | string) => Uint8Array;

/**
 * Creates an encoder for chunks of bytes or text. If text ends with the first half of a surrogate pair, the encoder
 * keeps that half until the next chunk.
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
    // An incomplete pair becomes U+FFFD.
    half = '';
    return new Uint8Array([0xef, 0xbf, 0xbd, ...chunk]);
  };
}
