/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, although it doesn't extend it */
import { type ApplicationInTab, useTabsBed } from '../support/tabs-bed.js';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { type EventSourceResource, eventSourceResource, type SseOptions } from '../../src/angular/index.js';
import { type ServerSentEvent, withSnapshot } from '../../src/index.js';

const bed = useTabsBed();

describe('withSharedTabs', () => {
  describe('with an eventSourceResource', () => {
    type Resource = EventSourceResource<readonly string[]>;
    const resourceOf = (
      application: ApplicationInTab,
      options: object = {},
      shareAcrossTabs: SseOptions['shareAcrossTabs'] = true,
    ): Resource =>
      eventSourceResource(() => ({ url: '/presence', shareAcrossTabs }), {
        initial: [] as readonly string[],
        reduce: (texts, { data }) => [...texts, data],
        injector: application.injector,
        ...options,
      });
    const tick = async () => {
      TestBed.tick();
      await bed.settle();
    };

    it('has the value and the connection state in each tab', async () => {
      const resources = [resourceOf(bed.open()), resourceOf(bed.open())];
      await tick();
      const connection = bed.server.expectConnection().open();
      await bed.settle();
      expect(resources.map(({ status }) => status())).toEqual(['resolved', 'resolved']);
      connection.raw('id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
      await bed.settle();
      connection.break();
      await bed.settle();
      bed.clock.advanceTo(bed.clock.now());
      await bed.settle();
      for (const { value, connection, lastEventId } of resources) {
        expect(value()).toEqual(['a', 'b']);
        expect(connection().status).toBe('waiting');
        expect(lastEventId()).toBe('2');
      }
    });

    it('rejoins at its position on `reload`, in a follower and in the leader, and keeps the value', async () => {
      const [one, two] = [resourceOf(bed.open()), resourceOf(bed.open())];
      await tick();
      bed.server.expectConnection().open().send({ id: 1, data: 'a' });
      await bed.settle();
      two.reload();
      await tick();
      expect([two.status(), two.value()]).toEqual(['resolved', ['a']]);
      one.reload();
      await tick();
      bed.server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'b' });
      await bed.settle();
      for (const { status, value } of [one, two]) expect([status(), value()]).toEqual(['resolved', ['a', 'b']]);
    });

    it('calls `reset` if a tab misses events for good', async () => {
      const two = bed.open();
      const [, resource] = [
        resourceOf(bed.open(), {}, { bufferSize: 1 }),
        resourceOf(two, { reset: (texts: readonly string[]) => [...texts, '(some are missing)'] }),
      ];
      await tick();
      const connection = bed.server.expectConnection().open().send({ id: 1, data: 'a' });
      await bed.settle();
      two.tab.freeze();
      for (const id of [2, 3, 4]) connection.send({ id, data: `text ${id}` });
      await bed.settle();
      two.tab.resume();
      await bed.settle();
      // Another tab might still have the events.
      for (let seconds = 0; seconds < 12; seconds++) {
        bed.clock.advanceTo(bed.clock.now() + 1000);
        await bed.settle();
      }
      expect(resource.value()).toEqual(['a', '(some are missing)', 'text 4']);
    });

    it('starts a later tab with the last event, if each event is the whole state', async () => {
      const stateOf = (application: ApplicationInTab) =>
        resourceOf(
          application,
          { reduce: (_texts: readonly string[], { data }: ServerSentEvent) => [data] },
          { replay: 1 },
        );
      stateOf(bed.open());
      await tick();
      const connection = bed.server.expectConnection().open().send('ada').send('ada, bob');
      await bed.settle();
      const late = stateOf(bed.open());
      await tick();
      expect([late.status(), late.value()]).toEqual(['resolved', ['ada, bob']]);
      connection.send('bob');
      await bed.settle();
      expect(late.value()).toEqual(['bob']);
    });

    it('loads a snapshot in a tab that joins later', async () => {
      const snapshot = withSnapshot({
        load: () => Promise.resolve(['a'] as readonly string[]),
        isIn: ({ lastEventId }) => lastEventId === '1',
      });
      const [one, two] = [bed.open(), bed.open()];
      resourceOf(one);
      await tick();
      const connection = bed.server.expectConnection().open().send({ id: 1, data: 'a' });
      await bed.settle();
      const late = resourceOf(two, { snapshot });
      await tick();
      connection.send({ id: 2, data: 'b' });
      await bed.settle();
      expect([late.status(), late.value()]).toEqual(['resolved', ['a', 'b']]);
    });
  });
});
