// Bundlers remove these calls, because they return their argument or do nothing.

/** Returns the init for the platform's own `fetch`. Pages follow the standard. */
export function platformInit<Init extends RequestInit>(init: Init): Init {
  return init;
}

/** Returns a header value for this platform. Each character of `bytes` is one byte. */
export function headerValue(bytes: string): string {
  return bytes;
}
