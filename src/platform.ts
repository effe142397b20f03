// Bundlers leave these calls out: each answers with what it is given, or does nothing.

/** What the platform's own `fetch` is asked with: a page obeys the standard. */
export function platformInit<Init extends RequestInit>(init: Init): Init {
  return init;
}

/** The value of a header, whose characters are bytes, as the platform takes it. */
export function headerValue(bytes: string): string {
  return bytes;
}
