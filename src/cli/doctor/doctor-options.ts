/** The URL to check, and how to check it. */
export interface DoctorOptions {
  readonly url: URL;
  /** Sent with each request, in addition to the headers of a browser. */
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly body: string | undefined;
  /** Checks CORS for a page of this origin. */
  readonly origin: string | undefined;
  /**
   * How long to watch the stream, in milliseconds. This is also the limit of each earlier step: the name, the
   * connection, the headers.
   */
  readonly watch: number;
  /** Whether to continue if the certificate isn't trusted. */
  readonly isInsecure: boolean;
}
