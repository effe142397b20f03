/**
 * Replaces the cache mode with the header that Node's `fetch` makes of it, because Deno and Bun don't support the mode.
 */
export function platformInit<Init extends RequestInit>(init: Init): Init {
  if (init.cache !== 'no-store') return init;
  return { ...init, headers: { 'cache-control': 'no-cache', ...(init.headers as Record<string, string>) } };
}

/**
 * Returns a header value for this platform. Each character of `bytes` is one byte of UTF-8. workerd, and Bun before
 * 1.4, encode text as UTF-8 themselves, so they get the text.
 */
export function headerValue(bytes: string): string {
  try {
    new Headers({ a: '\u0100' });
  } catch {
    return bytes;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes, byte => byte.charCodeAt(0)));
}
