/** What to look at, and how. */
export interface DoctorOptions {
  readonly url: URL;
  /** Sent with each request, besides those that a browser sends. */
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly body: string | undefined;
  /** Checks CORS as a page of that origin would see it. */
  readonly origin: string | undefined;
  /** How long to watch the stream, in milliseconds. It also bounds each step before: the name, the connection, the headers. */
  readonly watch: number;
  /** Whether to go on if the certificate isn't trusted. */
  readonly isInsecure: boolean;
}
