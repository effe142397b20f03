/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { TransferState } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import { eventSourceResource, type EventSourceResourceRequest, withTransferState } from '../../src/angular/index.js';
import type { LastEventIdStore } from '../../src/index.js';
import { itChecked } from '../support/checked.js';

const bed = useResourceBed();

function textsOf(request: EventSourceResourceRequest, transfer = withTransferState('texts')) {
  return eventSourceResource(() => request, { transfer, initial: '-', reduce: (all, event) => all + event.data });
}

describe('an eventSourceResource with `withTransferState`, in the browser', () => {
  const rendered = { value: '-ab', lastEventId: '2' };
  function open(options: Partial<EventSourceResourceRequest> = {}, state: unknown = rendered) {
    const transfer = TestBed.inject(TransferState);
    if (state !== null) transfer.set('rx-sse texts' as never, state as never);
    const make = () => textsOf({ url: '/a', ssr: 'connect', ...options });
    return { texts: bed.inContext(make), transfer, make };
  }

  it('starts with the rendered value, and resumes after its last event', () => {
    const { texts } = open();
    expect([texts.value(), texts.status(), texts.lastEventId(), texts.isLoading()]).toEqual([
      ...['-ab', 'resolved', '2'],
      false,
    ]);
    TestBed.tick();
    bed.server.expectConnection({ lastEventId: '2' }).open().send({ id: 3, data: 'c' });
    expect([texts.value(), texts.status(), texts.lastEventId()]).toEqual(['-abc', 'resolved', '3']);
  });

  it('uses the transferred state once: a second resource of the same name starts from `initial`', () => {
    const { texts, make } = open();
    expect(texts.value()).toBe('-ab');
    TestBed.tick();
    bed.server.expectConnection({ lastEventId: '2' });
    const second = bed.inContext(make);
    expect([second.value(), second.status()]).toEqual(['-', 'loading']);
    TestBed.tick();
    bed.server.expectConnection({ lastEventId: '' });
  });

  it('starts from `initial` if no state was transferred', () => {
    const { texts } = open({}, null);
    expect([texts.value(), texts.status()]).toEqual(['-', 'loading']);
    TestBed.tick();
    bed.server.expectConnection({ lastEventId: '' }).open();
  });

  it('continues from `initial` if the server sends no ids, so repeated events don’t appear twice', () => {
    const { texts } = open({}, { value: '-ab', lastEventId: '' });
    expect(texts.value()).toBe('-ab');
    TestBed.tick();
    bed.server.expectConnection().open().send('a').send('b');
    expect(texts.value()).toBe('-ab');
  });

  it('prefers the rendered position to a store, which receives the later ids; a reload resumes after them', async () => {
    const stored: string[] = ['1'];
    const store: LastEventIdStore = { get: () => stored.at(-1) ?? '', set: id => void stored.push(id) };
    const { texts } = open({ lastEventId: store });
    TestBed.tick();
    bed.server.expectConnection({ lastEventId: '2' }).open().send({ id: 3, data: 'c' });
    expect(texts.value()).toBe('-abc');
    await Promise.resolve();
    expect(stored).toEqual(['1', '3']);
    texts.reload();
    TestBed.tick();
    bed.server.expectConnection({ lastEventId: '3' });
  });

  it('keeps the rendered value while `connectWhile` is false, then resumes after it, even if the connection breaks', () => {
    const visible = new BehaviorSubject(false);
    const { texts } = open({ connectWhile: visible });
    TestBed.tick();
    bed.server.expectNoConnection();
    expect([texts.value(), texts.status(), texts.connection().status]).toEqual(['-ab', 'resolved', 'paused']);
    visible.next(true);
    bed.breakIt(bed.server.expectConnection({ lastEventId: '2' }).open());
    bed.wait();
    bed.server.expectConnection({ lastEventId: '2' }).open().send({ id: 3, data: 'c' });
    expect([texts.value(), texts.connection().status]).toEqual(['-abc', 'open']);
  });

  it('keeps the rendered value and position over a reload', () => {
    const { texts } = open();
    TestBed.tick();
    const connection = bed.server.expectConnection({ lastEventId: '2' }).open();
    texts.reload();
    TestBed.tick();
    expect(connection.state).toBe('closed');
    bed.server.expectConnection({ lastEventId: '2' }).open();
    expect(texts.value()).toBe('-ab');
  });

  itChecked.each([[undefined], [7], ['']])('requires a non-empty name: %p', id => {
    expect(() => withTransferState(id as string)).toThrow(/a non-empty string for the option `id`/);
  });
});
