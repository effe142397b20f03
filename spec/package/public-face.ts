// Uses the whole public API with the types of an application. Here it is checked against the sources. The package check
// compiles it against the packed package, in each way to resolve modules, and checks that no exported name is missing.
import {
  asyncScheduler,
  catchError,
  EMPTY,
  from,
  map,
  type Observable,
  of,
  retry,
  share,
  startWith,
  Subject,
  timer,
} from 'rxjs';
import {
  type ActionOf,
  type Answer,
  type Attempt,
  backoff,
  type BackoffConfig,
  batchPerFrame,
  type ClosedLifecycle,
  type CommentLifecycle,
  type ConnectingLifecycle,
  ConnectionError,
  type ConnectionFailure,
  type ConnectionState,
  connectionState,
  type ConnectionStateOptions,
  ContentTypeError,
  decode,
  type DecodedData,
  type DecodedEvent,
  DecodeError,
  type DecodeIssue,
  type DecodeOptions,
  type Decoder,
  type EventDecoder,
  type EventLifecycle,
  type EventOf,
  type EventOrLifecycle,
  type EventRoutes,
  events,
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
  IDLE_CONNECTION,
  iterateEventSource,
  type IterateEventSourceOptions,
  type Json,
  json,
  type LastEventIdStorage,
  type LastEventIdStore,
  memoryLastEventId,
  type OfEventType,
  ofEventType,
  online,
  type OpenLifecycle,
  type OtherType,
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
  type RoleLifecycle,
  type Routes,
  routeTo,
  type SchemaResult,
  type ServerSentEvent,
  shareLifecycle,
  type ShareLifecycleOptions,
  type SnapshotLifecycle,
  type SnapshotOptions,
  type StandardSchema,
  storedLastEventId,
  StreamEndedError,
  StreamTruncatedError,
  toActions,
  type WaitingLifecycle,
  whileTrue,
  type WithEvent,
  withSnapshot,
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

interface Price {
  readonly symbol: string;
  readonly price: number;
}

const halted: Decoder<number> = (text, { lastEventId }) => Number(text) + lastEventId.length;
const judged: SchemaResult<string> = { issues: [{ message: 'Expected text', path: ['text', { key: 0 }] }] };
const schema: StandardSchema<unknown, string> = {
  '~standard': { version: 1, vendor: 'own', validate: value => (typeof value === 'string' ? { value } : judged) },
};
const prices: Json<Price> = json<Price>();
const decoders = { price: prices, halted, note: schema } satisfies Record<string, EventDecoder>;
const complaints = ({ issues }: DecodeError): readonly DecodeIssue[] => issues;
const lenient: DecodeOptions<undefined, 'pass'> = { onInvalid: error => void complaints(error), others: 'pass' };

type Market = DecodedEvent<typeof decoders>;
type Decoded = WithEvent<EventOrLifecycle<string>, Market>;

export const note: DecodedData<typeof schema> = 'text';
export const marketOf = (event: EventOf<Decoded>): string =>
  event.type === 'price'
    ? event.data.symbol
    : event.type === 'halted'
      ? event.data.toFixed()
      : event.data.toUpperCase();

export const passed: Observable<Market | ServerSentEvent<string, OtherType>> = fromEventSource('/market').pipe(
  decode(decoders, lenient),
);
export const notes: Observable<OfEventType<Market, 'note'>[]> = fromEventSource('/market').pipe(
  decode(decoders),
  ofEventType('note'),
  batchPerFrame(of(0)),
);

const eventRoutes = {
  price: ({ price }) => ({ type: 'priced' as const, price }),
  halted: () => null,
} satisfies EventRoutes<Market>;
const routes = {
  events: eventRoutes,
  state: ({ status }: ConnectionState) => ({ type: 'stood' as const, status }),
  gap: ({ requested }: GapLifecycle) => ({ type: 'missed' as const, requested }),
  reset: ({ resumed }: GapLifecycle) => (resumed === '' ? undefined : null),
} satisfies Routes<Market>;

export const actions: Observable<ActionOf<typeof routes>> = fromEventSourceLifecycle('/market').pipe(
  decode(decoders),
  toActions(routes),
);
export const routed: Observable<never> = fromEventSourceLifecycle('/market').pipe(
  decode(decoders),
  routeTo({ events: { note: text => text.length }, state: state => describeState(state) }),
);

const describeFailure = ({ name, message, status }: ConnectionFailure): string => `${name} ${message} ${status ?? ''}`;
const describeState = ({ status, attempt, retryAt, lastEventId, error }: ConnectionState): string =>
  `${status} ${attempt} ${retryAt ?? ''} ${lastEventId} ${error ? describeFailure(error) : ''}`;

const standing: ConnectionStateOptions = { grace: 2000, scheduler: asyncScheduler };
const sharing: ShareLifecycleOptions = { linger: 5000, scheduler: asyncScheduler };
const market$ = fromEventSourceLifecycle('/market').pipe(decode(decoders), shareLifecycle(sharing));

export const marketEvents: Observable<Market> = market$.pipe(events());
export const states: Observable<string> = market$.pipe(
  connectionState(standing),
  startWith(IDLE_CONNECTION),
  map(describeState),
);

const whole: SnapshotOptions<readonly Price[], Market> = {
  load: () => Promise.resolve<readonly Price[]>([]),
  isIn: (event, { length }) => event.type === 'price' && event.data.price < length,
  bufferSize: 100,
  reconnect: { delay: 500, count: 3 },
};
export const leads = ({ role }: RoleLifecycle): boolean => role === 'leader';

const sizeOf = ({ snapshot }: SnapshotLifecycle<readonly Price[]>): number => snapshot.length;

export const sizes: Observable<number> = fromEventSourceLifecycle('/market').pipe(
  decode(decoders),
  withSnapshot(whole),
  map(step => (step.kind === 'snapshot' ? sizeOf(step) : 0)),
);

// @ts-expect-error -- there is no such type
export const misspelt = fromEventSource('/market').pipe(decode(decoders), ofEventType('prise'));

const back: PageResumedOptions = { hiddenFor: 60_000 };
const wait = ({ count }: Attempt): ReconnectWait => (count > 3 ? timer(1000) : count);
export const renewed: Observable<ServerSentEvent> = fromEventSource('/market', {
  renew: pageResumed(back),
  reconnect: { delay: wait },
});
