/** All measurements, as plain values. Times are in milliseconds. */

/** Why something failed. `code` is a code of Node (`ECONNREFUSED`), or `TIMEOUT`, or `ABORTED`. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export interface DnsFacts {
  readonly host: string;
  /** Whether the URL contains an address, so there was nothing to look up. */
  readonly isAddress: boolean;
  readonly addresses: readonly string[];
  readonly ms: number;
  readonly failure?: Failure;
}

export interface TcpFacts {
  readonly host: string;
  readonly port: number;
  /** The address that accepted the connection. */
  readonly address?: string;
  readonly ms: number;
  readonly failure?: Failure;
}

export interface TlsFacts {
  readonly host: string;
  readonly ms: number;
  /** For example `TLSv1.3`. */
  readonly protocol?: string;
  /** The protocol that the server chose, `h2` or `http/1.1`; absent if it chose none. */
  readonly alpn?: string;
  readonly isTrusted: boolean;
  /** The code that says why the certificate isn't trusted. */
  readonly distrust?: string;
  readonly validTo?: string;
  readonly failure?: Failure;
}

/** The steps of the connection. Steps that weren't reached are absent. */
export interface ReachFacts {
  readonly dns: DnsFacts;
  readonly tcp?: TcpFacts;
  readonly tls?: TlsFacts;
}

/** The headers of a response, with names in lower case. */
export type HeaderFacts = Readonly<Record<string, string>>;

export interface AnswerFacts {
  readonly httpVersion: '1.0' | '1.1' | '2';
  readonly status: number;
  readonly headers: HeaderFacts;
  /** The time from the request to the headers. */
  readonly ms: number;
}

/** A redirect, followed or not. */
export interface HopFacts {
  readonly from: string;
  readonly status: number;
  readonly to: string;
  readonly headers: HeaderFacts;
}

/** A chunk of the body as it arrived, decompressed. */
export interface ChunkFacts {
  /** The time since the headers. */
  readonly at: number;
  readonly bytes: number;
  /** How many events it completed. */
  readonly events: number;
  /** Whether it ends in the middle of a line. Applications don't stop there, but buffers do. */
  readonly isMidLine: boolean;
}

/** A received event. Only a digest of its data is kept. */
export interface EventFacts {
  readonly at: number;
  readonly type: string;
  /** The current id, `''` for none. */
  readonly id: string;
  readonly digest: string;
}

/**
 * How the watch ended:
 *
 * - `watched`: its time is over.
 * - `ended`: the server ended the stream.
 * - `cut`: the connection broke.
 * - `full`: too much data arrived.
 * - `settled`: the result is clear.
 * - `aborted`: the caller aborted it.
 */
export type WatchEnd = 'watched' | 'ended' | 'cut' | 'full' | 'settled' | 'aborted';

export interface StreamFacts {
  /** How long it watched. */
  readonly ms: number;
  readonly end: WatchEnd;
  readonly failure?: Failure;
  /** How many bytes arrived, before decompression. */
  readonly wireBytes: number;
  /** Why the body couldn't be decompressed. */
  readonly inflateFailure?: Failure;
  /** Limited, like the events. The counts aren't. */
  readonly chunks: readonly ChunkFacts[];
  readonly events: readonly EventFacts[];
  readonly eventCount: number;
  /** When comments arrived. */
  readonly comments: readonly number[];
  readonly retries: readonly number[];
  /** Lines that aren't valid in an event stream. */
  readonly ignoredLines: number;
  /** Whether the last event lacks its blank line. */
  readonly isUnfinished: boolean;
}

/** The connection that resumed from an event in the middle. */
export interface ResumeFacts {
  /** The id that was sent. */
  readonly sent: string;
  /** The different ids of the first connection, in order. */
  readonly reference: readonly EventFacts[];
  /** The ids of this connection. */
  readonly received: readonly EventFacts[];
  /** The types of its events. */
  readonly types: readonly string[];
  readonly answer?: AnswerFacts;
  readonly failure?: Failure;
  readonly ms: number;
}

/** The response to `OPTIONS`. */
export interface PreflightFacts {
  readonly answer?: AnswerFacts;
  readonly failure?: Failure;
}

/** All measurements. Steps that weren't reached are absent. */
export interface Facts {
  readonly url: string;
  /** The URL after all redirects. */
  readonly finalUrl: string;
  readonly reach: ReachFacts;
  readonly hops: readonly HopFacts[];
  /** A redirect that wasn't followed: one too many, or to a URL that isn't HTTP. */
  readonly lostHop?: HopFacts;
  readonly answer?: AnswerFacts;
  readonly answerFailure?: Failure;
  /** Whether headers only came without compression. */
  readonly isHeldByCompression?: boolean;
  readonly stream?: StreamFacts;
  readonly resume?: ResumeFacts;
  readonly preflight?: PreflightFacts;
  readonly isAborted: boolean;
}
