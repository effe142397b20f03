import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, of, Subject, throwError } from 'rxjs';
import { fakeStream } from '../support/steps-of.js';

describe('the option renew', () => {
  const stream = (options: Parameters<typeof fakeStream>[0] = {}) => {
    const renew = new Subject<void>();
    return { renew, ...fakeStream({ renew, ...options }) };
  };
  const states = ({ server }: Pick<ReturnType<typeof fakeStream>, 'server'>) =>
    server.connections.map(({ state }) => state);

  it('replaces an open connection at once, resumes from the last event ID, and counts no failure [pitfall 44]', () => {
    const own = stream();
    const { server, renew, said } = own;
    server.expectConnection().open().send({ id: 1, data: 'a' });
    renew.next();
    expect(said()).toEqual(['connecting 0', 'open', 'a', 'connecting 0 after 1']);
    expect(states(own)).toEqual(['closed', 'requested']);
    server.expectConnection({ lastEventId: '1' }).open();
    expect(said()).toEqual(['open from 1']);
  });

  it('replaces a pending attempt, and keeps the count of failures', () => {
    const own = stream();
    const { server, renew, clock, said } = own;
    server.expectConnection().refuse(503);
    clock.advanceTo(3000);
    renew.next();
    expect(said()).toEqual(['connecting 0', 'waiting 3000', 'connecting 1', 'connecting 1']);
    expect(states(own)).toEqual(['ended', 'closed', 'requested']);
  });

  it('ends a wait, and clears its timer', () => {
    const { server, renew, clock, said } = stream();
    server.expectConnection().fail();
    renew.next();
    expect(said()).toEqual(['connecting 0', 'waiting 3000', 'connecting 1']);
    expect(clock.timers).toBe(0);
  });

  it('lets `when` decide first, and then skips the wait', () => {
    const answer = new Subject<boolean>();
    const { server, renew, said } = stream({ reconnect: { when: () => answer } });
    server.expectConnection().fail();
    renew.next();
    expect(said()).toEqual(['connecting 0', 'waiting ?']);
    answer.next(true);
    expect(said()).toEqual(['connecting 1']);
  });

  it('changes nothing during a pause, before the first attempt, or after the end', () => {
    const running = new BehaviorSubject(false);
    const { server, renew, said, subscription } = stream({ connectWhile: running });
    renew.next();
    expect(said()).toEqual(['paused']);
    running.next(true);
    server.expectConnection().refuse(204);
    expect(renew.observed).toBe(false);
    expect(said()).toEqual(['connecting 0', 'closed no-content', 'complete']);
    subscription.unsubscribe();
    // A replayed value isn't a renewal.
    const replaying = fakeStream({ renew: new BehaviorSubject(0) });
    expect(replaying.said()).toEqual(['connecting 0']);
  });

  it('sends a POST again, because the application requests it', () => {
    const { server, renew } = stream({ method: 'POST', body: 'question' });
    server.expectConnection({ method: 'POST' }).open();
    renew.next();
    server.expectConnection({ method: 'POST', body: 'question' });
  });

  it('may complete, and fails the stream if it errors', () => {
    const completed = fakeStream({ renew: of(1) });
    completed.server.expectConnection().open();
    expect(completed.said()).toEqual(['connecting 0', 'open']);
    expect(fakeStream({ renew: throwError(() => new RangeError('mine')) }).said()).toEqual(['error RangeError: mine']);
  });

  it.each(['connecting', 'open', 'event', 'waiting'] as const)(
    'within the step %s, keeps one live connection and loses nothing',
    kind => {
      const renew = new Subject<void>();
      const { server, source, clock, subscription } = fakeStream({ renew });
      subscription.unsubscribe();
      let once = true;
      const steps: string[] = [];
      source.subscribe(step => {
        steps.push(step.kind === 'event' ? step.event.data : step.kind);
        if (step.kind === kind && once) {
          once = false;
          renew.next();
        }
      });
      const live = () => server.connections.filter(({ state }) => state === 'requested' || state === 'open');
      const last = () => {
        expect(live()).toHaveLength(1);
        while (live()[0]?.state === 'requested') live()[0]?.open();
        return live()[0];
      };
      last()?.raw('id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
      if (kind === 'connecting' || kind === 'open') last();
      else if (kind === 'waiting') last()?.break();
      // For `connecting` and `open`, the chunk went to the connection that was the only one.
      clock.runOut();
      last()?.send({ id: 3, data: 'c' });
      expect(steps.filter(step => step.length === 1)).toEqual(['a', 'b', 'c']);
    },
  );

  it('survives 10 000 renewals in one call without growing the stack', () => {
    const signals: AbortSignal[] = [];
    const { renew, said } = stream({
      fetch: (_url, { signal }: { signal: AbortSignal }) => (signals.push(signal), new Promise(() => undefined)),
    });
    for (let i = 0; i < 10_000; i++) renew.next();
    expect(said()).toHaveLength(10_001);
    expect(signals.filter(({ aborted }) => !aborted)).toHaveLength(1);
  });
});
