import { noChunk } from '#texts';
import { describe, expect, it } from '@jest/globals';
import { newChunkEncoder } from '../../src/parsing/chunk-encoder.js';

/** Encodes the chunks, and returns their decoded text. */
function decoded(...chunks: (Uint8Array | string)[]): string {
  const encode = newChunkEncoder();
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(chunks.map(encode)));
}

describe('newChunkEncoder', () => {
  it('returns bytes as they are', () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0xe2);
    expect(newChunkEncoder()(bytes)).toBe(bytes);
  });

  it('encodes strings as UTF-8', () => {
    const text = 'data: é€😀\0\ufeff\n';
    expect(newChunkEncoder()(text)).toEqual(new TextEncoder().encode(text));
    expect(newChunkEncoder()('')).toHaveLength(0);
  });

  it('keeps the first half of a surrogate pair until the second arrives [pitfall 26]', () => {
    const encode = newChunkEncoder();
    expect(encode('a\ud83d')).toEqual(Uint8Array.of(0x61));
    expect(encode('')).toHaveLength(0);
    expect(encode('\ude00b')).toEqual(new TextEncoder().encode('😀b'));
  });

  it('encodes the same text for every split of a string [pitfall 26]', () => {
    const text = '😀a\ud83d😀\ude00\ud83d\ud83db\ude00';
    const whole = '😀a\ufffd😀\ufffd\ufffd\ufffdb\ufffd';
    for (let at = 0; at <= text.length; at++) {
      expect(decoded(text.slice(0, at), text.slice(at))).toBe(whole);
    }
    expect(decoded(...text.split(''))).toBe(whole);
  });

  it('replaces a lone half of a surrogate pair', () => {
    expect(decoded('a\ud83d', 'b')).toBe('a\ufffdb');
    expect(decoded('a\ud83d', '\ud83d', '\ude00')).toBe('a\ufffd😀');
    expect(decoded('a', '\ude00b')).toBe('a\ufffdb');
  });

  it('replaces a half that is followed by bytes, in its place', () => {
    expect(decoded('a\ud83d', Uint8Array.of(0x62), 'c')).toBe('a\ufffdbc');
    expect(decoded('a\ud83d', Uint8Array.of(0x62), '\ude00c')).toBe('a\ufffdb\ufffdc');
  });

  it('throws for a chunk other than bytes or text', () => {
    expect(() => newChunkEncoder()(new ArrayBuffer(2) as never)).toThrow(TypeError);
    expect(() => newChunkEncoder()({} as never)).toThrow(noChunk({}));
  });

  it('keeps the state of each stream separate', () => {
    const one = newChunkEncoder();
    one('\ud83d');
    expect(newChunkEncoder()('\ude00')).toEqual(new TextEncoder().encode('\ufffd'));
  });
});
