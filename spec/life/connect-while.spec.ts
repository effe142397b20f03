import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, concat, EMPTY, map, NEVER, of, Subject, throwError } from 'rxjs';
import { batchPerFrame, decode, type EventSourceOptions, fromEventSource } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { fakeStream } from '../support/steps-of.js';

describe('the option connectWhile', () => {
  const stream = (connectWhile: EventSourceOptions['connectWhile'], options: EventSourceOptions = {}) =>
    fakeStream({ connectWhile, ...options });

  it('closes the connection while it is false, and then resumes from the last event ID [pitfalls 53, 56]', () => {
    const visible = new BehaviorSubject(true);
    const { server, said } = stream(visible);
    server.expectConnection().open().send({ id: 1, data: 'a' });
    expect(said()).toEqual(['connecting 0', 'open', 'a']);

    visible.next(false);
    expect(said()).toEqual(['paused']);
    expect(server.connections.map(({ state }) => state)).toEqual(['closed']);

    visible.next(false);
    visible.next(true);
    visible.next(true);
    server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'b' });
    expect(said()).toEqual(['connecting 0 after 1', 'open from 1', 'b']);
    server.expectNoConnection();
  });

  it('requests nothing before it is true', () => {
    const online = new Subject<boolean>();
    const { server, said } = stream(online);
    expect(said()).toEqual(['paused']);
    online.next(false);
    expect(said()).toEqual([]);
    server.expectNoConnection();
    online.next(true);
    expect(said()).toEqual(['connecting 0']);
  });

  it('counts only `true` as true: a wrong type opens no connection', () => {
    const { said } = stream(of<boolean[]>(...([1, 'true'] as never[])));
    expect(said()).toEqual(['paused', 'closed stopped', 'complete']);
  });

  it('ends a wait, and the next attempt starts at once when it is true again', () => {
    const visible = new BehaviorSubject(true);
    const { server, clock, said } = stream(visible);
    server.expectConnection().refuse(503);
    expect(said()).toEqual(['connecting 0', 'waiting 3000']);
    visible.next(false);
    clock.advanceTo(60_000);
    expect(said()).toEqual(['paused']);
    expect(clock.timers).toBe(0);
    visible.next(true);
    expect(said()).toEqual(['connecting 1']);
    server.expectConnection().refuse(503);
    // The failures before the pause still count.
    expect(said()).toEqual(['waiting 6000']);
  });

  it('cancels a pending decision of the policy', () => {
    const visible = new BehaviorSubject(true);
    const answer = new Subject<boolean>();
    const { server, said } = stream(visible, { reconnect: { when: () => answer } });
    server.expectConnection().fail();
    expect(said()).toEqual(['connecting 0', 'waiting ?']);
    visible.next(false);
    expect(answer.observed).toBe(false);
    visible.next(true);
    expect(said()).toEqual(['paused', 'connecting 1']);
  });

  it.each([
    ['connecting', ['connecting 0', 'paused']],
    ['open', ['connecting 0', 'open', 'paused']],
    // The other event in the chunk was received, so it is delivered.
    ['event', ['connecting 0', 'open', 'a', 'b', 'paused']],
    ['waiting', ['connecting 0', 'open', 'a', 'b', 'waiting 3000', 'paused']],
  ] as const)('pauses at once within the step %s, and requests nothing more', (kind, expected) => {
    const visible = new BehaviorSubject(true);
    const { server, said, source, subscription } = stream(visible);
    subscription.unsubscribe();
    said();
    const steps: string[] = [];
    source.subscribe(step => {
      steps.push(step.kind === 'event' ? step.event.data : step.kind);
      if (step.kind === kind) visible.next(false);
    });
    const connection = server.connections.at(1);
    if (connection?.state === 'requested') connection.open();
    if (connection?.state === 'open') connection.raw('data: a\n\ndata: b\n\n');
    if (connection?.state === 'open') connection.break();
    expect(steps).toEqual(expected.map(step => step.replace(/ .*/, '')));
    expect(server.connections.filter(({ state }) => state === 'open' || state === 'requested')).toEqual([]);
  });

  it('prevents the request if it pauses within `connecting`', () => {
    const visible = new BehaviorSubject(true);
    const server = fakeEventSource();
    const headers: number[] = [];
    const { source, subscription } = stream(visible, {
      fetch: server.fetch,
      headers: () => {
        headers.push(1);
        return {};
      },
    });
    subscription.unsubscribe();
    const before = server.connections.length;
    headers.length = 0;
    source.subscribe(({ kind }) => kind === 'connecting' && visible.next(false));
    expect(server.connections).toHaveLength(before);
    expect(headers).toEqual([]);
  });

  it('completes the stream if it completes before it is true or during a pause; otherwise its last value holds', () => {
    expect(stream(EMPTY).said()).toEqual(['closed stopped', 'complete']);
    expect(stream(of(false)).said()).toEqual(['paused', 'closed stopped', 'complete']);
    expect(stream(of(true)).said()).toEqual(['connecting 0']);
    expect(stream(of(true, false)).said()).toEqual(['connecting 0', 'paused', 'closed stopped', 'complete']);
  });

  it('fails the stream if it errors', () => {
    const broken = throwError(() => new RangeError('mine'));
    expect(stream(broken).said()).toEqual(['error RangeError: mine']);
    expect(stream(concat(of(true), broken)).said()).toEqual(['connecting 0', 'error RangeError: mine']);
  });

  it('is unsubscribed when the stream ends', () => {
    const visible = new BehaviorSubject(true);
    const { server, subscription } = stream(visible);
    subscription.unsubscribe();
    expect(visible.observed).toBe(false);
    const other = stream(visible);
    other.server.expectConnection().refuse(404);
    expect(visible.observed).toBe(false);
    expect(server.connections).toHaveLength(1);
  });

  it('loses nothing that operators after it hold [pitfall 53]', async () => {
    const visible = new BehaviorSubject(true);
    const frames = new Subject<void>();
    const answers: (() => void)[] = [];
    const slow = (data: string) => new Promise<string>(resolve => answers.push(() => resolve(data)));
    const server = fakeEventSource();
    const seen: string[] = [];
    fromEventSource('/a', { fetch: server.fetch, connectWhile: visible })
      .pipe(decode(slow), batchPerFrame(frames))
      .subscribe(batch => seen.push(...batch.map(({ data }) => data)));
    const settle = () => new Promise(resolve => setImmediate(resolve));

    server.expectConnection().open().send({ id: 1, data: 'a' }).send({ id: 2, data: 'b' });
    answers[0]?.();
    await settle();
    // One event is in the batch, and one in the decoder.
    visible.next(false);
    visible.next(true);
    const again = server.expectConnection({ lastEventId: '2' }).open();
    answers[1]?.();
    again.send({ id: 3, data: 'c' });
    answers[2]?.();
    await settle();
    frames.next();
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('survives 10 000 toggles in one call without growing the stack', () => {
    const toggles = concat(of(...Array.from({ length: 20_001 }, (_, index) => index % 2 === 0)), NEVER);
    const signals: AbortSignal[] = [];
    const { said } = stream(toggles, {
      fetch: (_url, { signal }: { signal: AbortSignal }) => (signals.push(signal), new Promise(() => undefined)),
    });
    expect(said()).toHaveLength(20_001);
    expect(signals.filter(({ aborted }) => !aborted)).toHaveLength(1);
  });

  it('takes effect in order with the events of its own stream', () => {
    const visible = new BehaviorSubject(true);
    const { server, source, subscription } = stream(visible);
    subscription.unsubscribe();
    const steps: string[] = [];
    source.pipe(map(step => (step.kind === 'event' ? step.event.data : step.kind))).subscribe(step => {
      steps.push(step);
      if (step === 'a') {
        visible.next(false);
        visible.next(true);
      }
    });
    server.connections.at(1)?.open().raw('id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
    expect(steps.slice(0, 3)).toEqual(['connecting', 'open', 'a']);
    // The other event in the chunk was received, so it is delivered and not requested again.
    expect(steps.slice(3)).toEqual(['b', 'paused', 'connecting']);
    expect(server.connections.at(2)?.lastEventId).toBe('2');
  });
});
