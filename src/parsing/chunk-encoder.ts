/**
 * Makes bytes of the chunks that are strings, keeping back the first half of a surrogate pair until the second has come.
 */
export function chunkEncoder(): (chunk: Uint8Array | string) => Uint8Array {
  let encoder: TextEncoder | undefined;
  let half = '';
  return chunk => {
    if (typeof chunk !== 'string') return chunk;
    const text = half + chunk;
    half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
    encoder ??= new TextEncoder();
    return encoder.encode(half ? text.slice(0, -1) : text);
  };
}
