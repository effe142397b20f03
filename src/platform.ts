// Bundlers leave these calls out: each answers with what it is given, or does nothing.

/** What the platform's own `fetch` is asked with: a page obeys the standard. */
export function platformInit<Init extends RequestInit>(init: Init): Init {
  return init;
}

/** Throws for a request that the platform's `Request` doesn't refuse, and should. */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- it is called with it
export function checkBody(_init: RequestInit): void {
  // A page's refuses it.
}

/** The value of a header, whose characters are bytes, as the platform takes it. */
export function headerValue(bytes: string): string {
  return bytes;
}
