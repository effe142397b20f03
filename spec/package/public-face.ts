// Uses the public API of connections with the types of an application. `operators-face.ts` does the same for decoding,
// state, sharing and snapshots. Here they are checked against the sources. The package check compiles them against the
// packed package, in each way to resolve modules, and checks that no exported name is missing.
import { catchError, EMPTY, from, map, type Observable, of, retry, share, Subject, timer } from 'rxjs';
import {
  type Answer,
  type Attempt,
  backoff,
  type BackoffConfig,
  type ClosedLifecycle,
  type CommentLifecycle,
  type ConnectingLifecycle,
  ConnectionError,
  ContentTypeError,
  DecodeError,
  type EventLifecycle,
  EventSourceError,
  type EventSourceLifecycle,
  type GapLifecycle,
  type PausedLifecycle,
  type EventSourceOptions,
  type EventSourceRequest,
  type EventSourceRequestInit,
  EventSourceTimeoutError,
  EventTooLargeError,
  type FetchLike,
  type Flush,
  fromEventSource,
  fromEventSourceLifecycle,
  type HeadersLike,
  iterateEventSource,
  type IterateEventSourceOptions,
  type LastEventIdStorage,
  type LastEventIdStore,
  memoryLastEventId,
  online,
  type OpenLifecycle,
  pageResumed,
  type PageResumedOptions,
  pageVisible,
  parseEventStream,
  type ParseEventStreamOptions,
  type PreparedRequest,
  reconnect,
  type ReconnectAttempt,
  type ReconnectDecision,
  type ReconnectPolicy,
  type ReconnectWait,
  type ResponseLike,
  ResponseStatusError,
  type RetryTimeLifecycle,
  type ServerSentEvent,
  storedLastEventId,
  StreamEndedError,
  StreamTruncatedError,
  type WaitingLifecycle,
  whileTrue,
} from '../../src/index.js';

const authorize = ({ count, lastEventId }: Attempt): Answer<HeadersLike> =>
  count === 0 ? { authorization: `Bearer ${lastEventId}` } : Promise.resolve({ authorization: 'Bearer fresh' });

const storage: LastEventIdStorage = {
  getItem: key => Promise.resolve(key),
  setItem: (key, value) => [key, value],
  removeItem: () => undefined,
};
const store: LastEventIdStore = storedLastEventId('position', storage);

const request: EventSourceRequestInit = { method: 'POST', body: '{}', credentials: 'include' };

const transport: FetchLike = (url: string, init: RequestInit) => fetch(url, init);
const answer: ResponseLike = { status: 200, url: '', headers: new Map<string, string>() as never, body: null };

const waits: BackoffConfig = { delay: 500, maxDelay: 5000, factor: 1.5, jitter: 0 };

const decide = (error: unknown, { count }: ReconnectAttempt): ReconnectDecision => {
  if (error instanceof ResponseStatusError && error.status === 401) return count < 2;
  return error instanceof EventSourceTimeoutError ? 100 : undefined;
};

const policy: ReconnectPolicy<Attempt> = {
  ...waits,
  count: 8,
  when: (error, attempt) => of(decide(error, attempt)),
  onEnd: false,
  serverDelay: milliseconds => milliseconds > 10,
  wake: new Subject<void>(),
};

const options: EventSourceOptions = {
  ...request,
  headers: authorize,
  prepare: ({ url, init }: EventSourceRequest, { count }): Answer<PreparedRequest> =>
    count > 10 ? null : { url: new URL(url), init: { ...init, headers: { ...init.headers, 'x-attempt': `${count}` } } },
  fetch: transport,
  lastEventId: store,
  lastEventIdParam: undefined,
  reconnect: policy,
  validate: response => {
    if (!response.ok) throw new Error('refused');
  },
  connectTimeout: 10_000,
  idleTimeout: 60_000,
  maxEventSize: 1024,
  deliver: (flush: Flush) => {
    const left: number = flush(10);
    return left;
  },
};

export const accepting: EventSourceOptions = {
  // @ts-expect-error -- a response is refused by throwing: a boolean would count as accepted
  validate: response => response.ok,
};

export const refused: EventSourceOptions = {
  // @ts-expect-error -- headers are typed in each of their forms: a number isn't allowed
  headers: 7,
};

export const chat: Observable<ServerSentEvent> = fromEventSource('/chat', options).pipe(
  retry({ count: 3, delay: backoff(waits) }),
  whileTrue(pageVisible()),
  whileTrue(online()),
  share(),
);

const describe = (step: EventSourceLifecycle): string => {
  switch (step.kind) {
    case 'connecting': {
      const { attempt, lastEventId }: ConnectingLifecycle = step;
      return `${attempt} ${lastEventId}`;
    }
    case 'open': {
      const { url, status, headers, resumedFrom, downtime }: OpenLifecycle = step;
      return `${url} ${status} ${headers.get('date') ?? ''} ${resumedFrom} ${downtime}`;
    }
    case 'event': {
      const { event }: EventLifecycle = step;
      return event.data.toUpperCase();
    }
    case 'comment': {
      const { text }: CommentLifecycle = step;
      return text;
    }
    case 'gap': {
      const { requested, resumed }: GapLifecycle = step;
      return `${requested} ${resumed}`;
    }
    case 'paused': {
      const { kind }: PausedLifecycle = step;
      return kind;
    }
    case 'retry-time': {
      const { milliseconds }: RetryTimeLifecycle = step;
      return milliseconds.toFixed();
    }
    case 'waiting': {
      const { delay, attempt, error }: WaitingLifecycle = step;
      return `${delay ?? 0} ${attempt} ${String(error)}`;
    }
    case 'closed': {
      const { reason }: ClosedLifecycle = step;
      return reason;
    }
  }
};

export const steps: Observable<string> = fromEventSourceLifecycle(new URL('https://example.org/chat'), {
  lastEventId: memoryLastEventId('42'),
  reconnect: false,
}).pipe(map(describe));

export const failure = (error: unknown): string => {
  if (error instanceof ResponseStatusError) return `${error.status} ${error.body} ${error.headers.get('date') ?? ''}`;
  if (error instanceof ContentTypeError) return error.contentType ?? 'none';
  if (error instanceof DecodeError) return error.event.data;
  if (error instanceof StreamTruncatedError || error instanceof StreamEndedError) return error.name;
  if (error instanceof ConnectionError || error instanceof EventTooLargeError) return `${error.name} ${error.message}`;
  if (error instanceof EventSourceError) return `${error.url ?? ''} ${error.retryable} ${error.retryAfter ?? 0}`;
  return String(error);
};

const parsing: ParseEventStreamOptions = {
  maxEventSize: 1024,
  lastEventId: '7',
  onComment: text => text.length,
  onLastEventId: id => id.length,
};

export const parsed: Observable<ServerSentEvent> = from([new Uint8Array(1), 'data: a\n\n']).pipe(
  parseEventStream(parsing),
  reconnect({ count: 1, delay: ({ count }) => count * 100 }),
  catchError(() => EMPTY),
);

export const last = async (): Promise<ServerSentEvent | undefined> => {
  let seen: ServerSentEvent | undefined;
  const jobs: IterateEventSourceOptions = {
    fetch: () => Promise.resolve(answer),
    signal: new AbortController().signal,
  };
  for await (const event of iterateEventSource('/jobs', jobs)) seen = event;
  return seen;
};

const back: PageResumedOptions = { hiddenFor: 60_000 };
const wait = ({ count }: Attempt): ReconnectWait => (count > 3 ? timer(1000) : count);
export const renewed: Observable<ServerSentEvent> = fromEventSource('/market', {
  renew: pageResumed(back),
  reconnect: { delay: wait },
});
