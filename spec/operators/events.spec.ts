import { describe, expect, it } from '@jest/globals';
import { Subject, take } from 'rxjs';
import { decode, events, fromEventSource, json } from '../../src/index.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';
import { COMMENT, connecting, gap, open, PAUSED, type Step, text, waiting } from '../support/steps.js';

describe('events', () => {
  it('emits the events of a lifecycle, as the same objects, and no other step', () => {
    const source = new Subject<Step>();
    const observed = observe(source.pipe(events()));
    const [one, other] = [text('a', 'chat', '1'), text('b')];
    const snapshot: Step = { kind: 'snapshot', snapshot: 's' };
    for (const step of [connecting(), open(), one, gap('', ''), snapshot, COMMENT, other, waiting(), PAUSED]) {
      source.next(step);
    }
    expect(observed.values).toEqual([
      { type: 'chat', data: 'a', lastEventId: '1' },
      { type: 'message', data: 'b', lastEventId: '' },
    ]);
    expect(observed.values[0]).toBe(one.kind === 'event' && one.event);
  });

  it('emits the same as `fromEventSource`', () => {
    const narrowed = observe(lifecycle().pipe(events()));
    const plain = observe(fromEventSource('/stream', { fetch: server.fetch, scheduler: clock }));
    for (const connection of [server.expectConnection(), server.expectConnection()]) {
      connection.open().comment('beat').send({ id: 1, type: 'chat', data: 'a' }).send('b');
    }
    expect(narrowed.values).toHaveLength(2);
    expect(narrowed.values).toEqual(plain.values);
  });

  it('emits decoded events', () => {
    const observed = observe(lifecycle().pipe(decode({ chat: json<{ text: string }>() }), events()));
    server
      .expectConnection()
      .open()
      .send({ type: 'chat', data: { text: 'hi' } })
      .send('other');
    expect(observed.values).toEqual([{ type: 'chat', data: { text: 'hi' }, lastEventId: '' }]);
  });

  it('completes and errors with the source', () => {
    const completed = observe(lifecycle().pipe(events()));
    server.expectConnection().refuse(204);
    const failed = observe(lifecycle().pipe(events()));
    server.expectConnection().refuse(404);
    expect(completed.status).toBe('completed');
    expect(failed.error).toMatchObject({ status: 404 });
  });

  it('emits no more of a chunk than `take` lets through, and closes the connection', () => {
    const observed = observe(lifecycle().pipe(events(), take(2)));
    const connection = server.expectConnection().open().raw('data: 1\n\ndata: 2\n\ndata: 3\n\n');
    expect(observed.values.map(({ data }) => data)).toEqual(['1', '2']);
    expect(connection.state).toBe('closed');
    expect(clock.timers).toBe(0);
  });
});
