/** Deno and Bun don't know the cache mode. In Node, the header is what its `fetch` makes of it. */
export function platformInit<Init extends RequestInit>(init: Init): Init {
  if (init.cache !== 'no-store') return init;
  return { ...init, headers: { 'cache-control': 'no-cache', ...(init.headers as Record<string, string>) } };
}

/**
 * The value of a header, whose characters are bytes of UTF-8. workerd, and Bun before 1.4, take any text and write it as UTF-8
 * themselves: they get the text.
 */
export function headerValue(bytes: string): string {
  try {
    new Headers({ a: '\u0100' });
  } catch {
    return bytes;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes, byte => byte.charCodeAt(0)));
}
