/** All that is measured, as plain values. Times are in milliseconds. */

/** Why something could not be done. `code` is that of Node (`ECONNREFUSED`), or `TIMEOUT`, or `ABORTED`. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export interface DnsFacts {
  readonly host: string;
  /** Whether the URL names an address, so that nobody was asked. */
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
  /** Such as `TLSv1.3`. */
  readonly protocol?: string;
  /** What the server chose of `h2` and `http/1.1`; absent if it chose nothing. */
  readonly alpn?: string;
  readonly isTrusted: boolean;
  /** The code that says why the certificate isn't trusted. */
  readonly distrust?: string;
  readonly validTo?: string;
  readonly failure?: Failure;
}

/** How far the way to a server was passable. What is absent was not come to. */
export interface ReachFacts {
  readonly dns: DnsFacts;
  readonly tcp?: TcpFacts;
  readonly tls?: TlsFacts;
}

/** The headers of a response by their names in lower case. */
export type HeaderFacts = Readonly<Record<string, string>>;

export interface AnswerFacts {
  readonly httpVersion: '1.0' | '1.1' | '2';
  readonly status: number;
  readonly headers: HeaderFacts;
  /** From the request to the headers. */
  readonly ms: number;
}

/** A redirect that was followed, or that could not be. */
export interface HopFacts {
  readonly from: string;
  readonly status: number;
  readonly to: string;
  readonly headers: HeaderFacts;
}

/** A piece of the body as it came, decompressed. */
export interface ChunkFacts {
  /** Since the headers. */
  readonly at: number;
  readonly bytes: number;
  /** How many events it completed. */
  readonly events: number;
  /** Whether it ends in the middle of a line. No application stops there by itself; buffers do. */
  readonly isMidLine: boolean;
}

/** An event that came; of its data there is only a digest. */
export interface EventFacts {
  readonly at: number;
  readonly type: string;
  /** The id in force, `''` for none. */
  readonly id: string;
  readonly digest: string;
}

/**
 * How the watch ended: `watched`: its time was over. `ended`: by the server. `cut`: the connection broke. `full`: more came than is kept.
 * `settled`: what was looked for was seen. `aborted`: by the caller.
 */
export type WatchEnd = 'watched' | 'ended' | 'cut' | 'full' | 'settled' | 'aborted';

export interface StreamFacts {
  /** How long it was watched. */
  readonly ms: number;
  readonly end: WatchEnd;
  readonly failure?: Failure;
  /** The bytes that came, before they were decompressed. */
  readonly wireBytes: number;
  /** Why the body could not be decompressed. */
  readonly inflateFailure?: Failure;
  /** Bounded, as are the events; the counts go on. */
  readonly chunks: readonly ChunkFacts[];
  readonly events: readonly EventFacts[];
  readonly eventCount: number;
  /** When comments came. */
  readonly comments: readonly number[];
  readonly retries: readonly number[];
  /** Lines that mean nothing in an event stream. */
  readonly ignoredLines: number;
  /** Whether an event had begun at the end, and lacked its blank line. */
  readonly isUnfinished: boolean;
}

/** The connection that asked from an event in the middle. */
export interface ResumeFacts {
  /** The id that was sent. */
  readonly sent: string;
  /** The distinct ids of the first connection, in their order. */
  readonly reference: readonly EventFacts[];
  /** Those that came now. */
  readonly received: readonly EventFacts[];
  /** The types of the events that came. */
  readonly types: readonly string[];
  readonly answer?: AnswerFacts;
  readonly failure?: Failure;
  readonly ms: number;
}

/** What `OPTIONS` was answered. */
export interface PreflightFacts {
  readonly answer?: AnswerFacts;
  readonly failure?: Failure;
}

/** All of it. What is absent was not come to. */
export interface Facts {
  readonly url: string;
  /** Where the redirects led. */
  readonly finalUrl: string;
  readonly reach: ReachFacts;
  readonly hops: readonly HopFacts[];
  /** A redirect that is not followed: one too many, or to something that isn't HTTP. */
  readonly lostHop?: HopFacts;
  readonly answer?: AnswerFacts;
  readonly answerFailure?: Failure;
  /** Whether none came in time, and one did once no compression was asked for. */
  readonly isHeldByCompression?: boolean;
  readonly stream?: StreamFacts;
  readonly resume?: ResumeFacts;
  readonly preflight?: PreflightFacts;
  readonly isAborted: boolean;
}
