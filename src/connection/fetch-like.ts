/** What is read of an answer. The answers of every fetch have it: the platform's, undici's, node-fetch's, cross-fetch's. */
export interface ResponseLike {
  /** The HTTP status. */
  readonly status: number;
  /** Where the answer came from, after redirects; `''` where it was made and not fetched. */
  readonly url: string;
  /** What came before the body. */
  readonly headers: {
    /** The value of a header, its name in any case; `null` where there is none. */
    get(name: string): string | null;
  };
  /** Something with `getReader`, or something async-iterable. */
  readonly body: unknown;
}

/**
 * A transport. It is called as a plain function with the URL as a string and an init that holds `headers` and `signal`, and
 * must answer once the headers have come.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inits differ between fetches by what each adds: any fits
export type FetchLike = (url: string, init: any) => PromiseLike<ResponseLike>;
