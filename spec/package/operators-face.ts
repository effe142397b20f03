// Uses the public API for decoding, state, sharing and snapshots. `public-face.ts` has the rest of the entry point.
import { asyncScheduler, map, type Observable, of, startWith } from 'rxjs';
import {
  type ActionOf,
  batchPerFrame,
  type ConnectionFailure,
  type ConnectionState,
  connectionState,
  type ConnectionStateOptions,
  decode,
  type DecodedData,
  type DecodedEvent,
  type DecodeError,
  type DecodeIssue,
  type DecodeOptions,
  type Decoder,
  type EventDecoder,
  type EventOf,
  type EventOrLifecycle,
  type EventRoutes,
  events,
  type GapLifecycle,
  fromEventSource,
  fromEventSourceLifecycle,
  IDLE_CONNECTION,
  type Json,
  json,
  type OfEventType,
  ofEventType,
  type OtherType,
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
  toActions,
  type WithEvent,
  withSnapshot,
} from '../../src/index.js';

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
