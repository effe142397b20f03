import { afterEach, describe, expect, it } from '@jest/globals';
import { type EventSourceLifecycle, fromEventSourceLifecycle, type OpenLifecycle } from '../src/index.js';
import { observe, ofKind, unobserve } from './support/observe.js';
import { Random } from './support/random.js';
import { firstSeed } from './support/random-stream.js';
import { type GapSign, idOf, ShortHistory } from './support/short-history.js';
import { SseServer } from './support/sse-server.js';
import { TcpRelay } from './support/tcp-relay.js';

const LAST = 400;
const isTrimmed = ({ type }: { type: string }) => type === 'trimmed';
const FAST = { delay: 1, maxDelay: 5 };

/** A connection, and the steps that it delivered. */
interface Connection {
  readonly open: OpenLifecycle;
  readonly steps: EventSourceLifecycle[];
}

/** Returns each connection that opened, in order, with its events and gaps. */
function connectionsOf(steps: readonly EventSourceLifecycle[]): Connection[] {
  const connections: Connection[] = [];
  for (const step of steps) {
    if (step.kind === 'open') connections.push({ open: step, steps: [] });
    else if (step.kind === 'event' || step.kind === 'gap') connections.at(-1)?.steps.push(step);
  }
  return connections;
}

/** Returns the numbers of the events, in order. */
const numbersOf = (steps: readonly EventSourceLifecycle[]) =>
  steps.flatMap(step => (step.kind === 'event' && !isTrimmed(step.event) ? Number(step.event.data) : []));

const indexOf = ({ open }: Connection) => Number(open.headers.get('x-request'));

describe(`a server that keeps few events, behind a relay that cuts connections (seed ${firstSeed})`, () => {
  let server: SseServer;
  let relay: TcpRelay;
  afterEach(async () => {
    unobserve();
    await relay.close();
    await server.close();
  });

  /** Returns all steps of a stream that is cut repeatedly until it completes. */
  const receive = async (sign: GapSign) => {
    const random = new Random(firstSeed);
    const history = new ShortHistory(sign, LAST, 8, random);
    server = await SseServer.start(exchange => void history.answer(exchange));
    relay = await TcpRelay.start(server.port, ({ toClient, ...connection }) =>
      toClient.after(random.between(1, 700), () =>
        relay.connections[connection.index]?.make(random.pick(['cut', 'resetClient'])),
      ),
    );
    const steps = await observe(fromEventSourceLifecycle(relay.url, { reconnect: FAST, isGap: isTrimmed })).completed();
    expect(steps.at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
    return { steps, requests: history.requests, connections: connectionsOf(steps) };
  };

  /** Expects that no event is repeated, and that a gap precedes each omission. */
  const expectHonesty = (steps: readonly EventSourceLifecycle[]) => {
    let before = 0;
    let gaps = 0;
    const silent: number[] = [];
    const doubled: number[] = [];
    let told = 0;
    for (const step of steps) {
      if (step.kind === 'gap') {
        gaps++;
        told++;
      }
      for (const n of numbersOf([step])) {
        if (n <= before) doubled.push(n);
        if (n > before + 1 && before > 0 && told === 0) silent.push(n);
        before = n;
        told = 0;
      }
    }
    expect({ silent, doubled, last: before }).toEqual({ silent: [], doubled: [], last: LAST });
    expect(gaps).toBeGreaterThan(5);
  };

  it('causes a `gap` right after `open`, once per response that reports one in `Last-Event-ID` [pitfall 49]', async () => {
    const { steps, requests, connections } = await receive('header');
    expectHonesty(steps);
    for (const connection of connections) {
      const { after, isGap } = requests[indexOf(connection)] ?? {};
      const gaps = connection.steps.filter(ofKind('gap'));
      expect(gaps).toEqual(isGap ? [{ kind: 'gap', requested: idOf(after ?? 0), resumed: 'earliest' }] : []);
      expect(connection.steps.indexOf(gaps[0] as EventSourceLifecycle)).toBe(isGap ? 0 : -1);
    }
  });

  it('causes a `gap` right before the event that reports it, once per hole [pitfall 49]', async () => {
    const { steps } = await receive('event');
    expectHonesty(steps);
    const told = steps.filter(step => step.kind === 'event' || step.kind === 'gap');
    // The number of the last event that was received, or that the server reported as missing.
    let last = numbersOf(told)[0] ?? 0;
    const expected = told.map((step, index): EventSourceLifecycle => {
      const marker = told[step.kind === 'gap' ? index + 1 : index];
      if (marker?.kind !== 'event') return step;
      const { data } = marker.event;
      if (step.kind === 'gap') return { kind: 'gap', requested: idOf(last), resumed: idOf(last + Number(data)) };
      if (isTrimmed(step.event)) last += Number(data);
      else if (index > 0) last++;
      const event = isTrimmed(step.event) ? { type: 'trimmed', data } : { type: 'message', data: String(last) };
      return { kind: 'event', event: { ...event, lastEventId: idOf(last) } };
    });
    expect(told).toEqual(expected);
    const isMarker = (step: EventSourceLifecycle | undefined) => step?.kind === 'event' && isTrimmed(step.event);
    expect(told.map(({ kind }) => kind === 'gap')).toEqual(told.map((_, index) => isMarker(told[index + 1])));
  });

  it('makes the stream start over at once after a 410, with a `gap` after `open` [pitfall 49]', async () => {
    const { steps, requests, connections } = await receive('refusal');
    expectHonesty(steps);
    let refused = '';
    let hasEvents = false;
    for (const connection of connections) {
      const { after } = requests[indexOf(connection)] ?? {};
      const gaps = connection.steps.filter(ofKind('gap'));
      if (after === undefined) {
        const earlier = requests.slice(0, indexOf(connection)).reverse();
        refused = idOf(earlier.find(request => request.after !== undefined)?.after ?? 0);
      }
      expect(gaps.map(({ resumed }) => resumed)).toEqual(after === undefined && hasEvents ? [''] : []);
      expect(['', refused, undefined]).toContain(gaps[0]?.requested);
      hasEvents ||= numbersOf(connection.steps).length > 0;
    }
    expect(requests.filter(({ isGap }) => isGap).length).toBeGreaterThan(5);
  });
});
