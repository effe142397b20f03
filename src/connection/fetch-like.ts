/**
 * The part of a response that is used. The responses of every `fetch` have it: the platform's, undici's, node-fetch's
 * and cross-fetch's.
 */
export interface ResponseLike {
  /** The HTTP status. */
  readonly status: number;
  /** The URL of the response, after redirects; `''` if it was constructed rather than fetched. */
  readonly url: string;
  /** The response headers. */
  readonly headers: {
    /** Returns the value of a header, or `null` if it's missing. The name is case-insensitive. */
    get(name: string): string | null;
  };
  /** Has `getReader`, or is async-iterable. */
  readonly body: unknown;
}

/**
 * A transport. It's called as a plain function with the URL as a string and an init with `headers` and `signal`. It
 * must resolve as soon as the headers arrive.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inits differ between fetches by what each adds: any fits
export type FetchLike = (url: string, init: any) => PromiseLike<ResponseLike>;
