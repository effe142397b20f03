/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
import { afterEach, expect, it } from '@jest/globals';
import type { Subscription } from 'rxjs';
import { lifecycleDiagram } from '../../src/diagram/index.js';
import { fromEventSourceLifecycle, withSnapshot } from '../../src/index.js';
import { shareAcrossTabs } from '../../src/tabs/index.js';
import { fakeEventSource, type FakeTab, fakeTabs } from '../../src/testing/index.js';
import { Clock } from '../support/clock.js';
import { until } from '../support/until.js';

const server = fakeEventSource();
const tabs = fakeTabs();
const clock = new Clock();
const subscriptions: Subscription[] = [];
afterEach(async () => {
  for (const subscription of subscriptions) subscription.unsubscribe();
  await tabs.settle();
  server.verify();
});

/** Draws the stream of a tab, and returns what its diagram shows. */
function draw(tab: FakeTab, label: string) {
  const place = document.body.appendChild(document.createElement('div'));
  const diagram = lifecycleDiagram(place, { label });
  const shared$ = shareAcrossTabs(
    ({ lastEventId }) => fromEventSourceLifecycle('/a', { fetch: server.fetch, scheduler: clock, lastEventId }),
    { key: 'a', scheduler: clock, platform: tab.platform },
  );
  subscriptions.push(
    shared$.pipe(withSnapshot({ load: () => Promise.resolve(0), isIn: () => false })).subscribe(diagram),
  );
  const shadow = place.firstElementChild?.shadowRoot;
  return {
    label: () => shadow?.querySelector('[role=img]')?.getAttribute('aria-label'),
    marks: () =>
      [...(shadow?.querySelectorAll<SVGElement>('[data-kind]') ?? [])].map(({ dataset }) =>
        `${dataset['kind']} ${dataset['label']}`.trim(),
      ),
  };
}

it('a diagram in each tab shows its role, its snapshot, and the stream that the leader receives', async () => {
  const [one, two] = [tabs.open(), tabs.open()];
  const leader = draw(one, 'Leader');
  await tabs.settle();
  const connection = server.expectConnection('/a').open();
  const follower = draw(two, 'Follower');
  await tabs.settle();
  connection.send({ id: 1, data: 'x' });
  await tabs.settle();
  await until(() => follower.marks().includes('event 1'));
  expect(leader.marks()).toEqual(expect.arrayContaining(['role leader', 'connecting', 'open', 'event 1']));
  expect(follower.marks()).toEqual(expect.arrayContaining(['role follower', 'open', 'snapshot', 'event 1']));
  expect([leader.label(), follower.label()]).toEqual(['Leader: connected', 'Follower: connected']);

  one.leave();
  await tabs.settle();
  server.expectConnection('/a').open().send({ id: 2, data: 'y' });
  await tabs.settle();
  await until(() => follower.marks().includes('event 2'));
  expect(follower.marks()).toContain('role leader');
  expect(follower.label()).toMatch(/^Follower: .*connected.*, resumed after #1$/);
});
