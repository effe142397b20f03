import { expect, it } from '@jest/globals';
import { type Counts, Tally } from '../../examples/playground/tally.js';
import type { EventSourceLifecycle } from '../../src/index.js';

const event = (id: number): EventSourceLifecycle => ({
  kind: 'event',
  event: { type: 'message', data: String(id), lastEventId: String(id) },
});
const open = (downtime = 0): EventSourceLifecycle => ({
  kind: 'open',
  url: '/events',
  status: 200,
  headers: new Headers(),
  resumedFrom: '',
  downtime,
});
const GAP: EventSourceLifecycle = { kind: 'gap', requested: '1', resumed: '4' };
const NOTHING: Counts = { received: 0, lost: 0, doubled: 0, gaps: 0, missing: 0, reconnects: 0 };

it.each<[string, EventSourceLifecycle[], Partial<Counts>]>([
  ['nothing at first', [], {}],
  ['a stream that starts with any number', [open(), event(7), event(8)], { received: 2 }],
  ['a reconnect', [open(), event(1), open(500), event(2)], { received: 2, reconnects: 1 }],
  ['missing events without a gap step', [event(1), event(4)], { received: 2, lost: 2 }],
  ['a gap', [event(1), GAP, event(5)], { received: 2, gaps: 1, missing: 3 }],
  ['a gap in which nothing is missing', [event(1), GAP, event(2)], { received: 2, gaps: 1 }],
  ['missing events after a gap', [event(1), GAP, event(5), event(7)], { received: 3, gaps: 1, missing: 3, lost: 1 }],
  ['repeated events', [event(1), event(2), event(1), event(2), event(3)], { received: 3, doubled: 2 }],
])('the playground counts %s', (_, steps, expected) => {
  const tally = new Tally();
  for (const step of steps) tally.take(step);
  expect(tally.counts).toEqual({ ...NOTHING, ...expected });
});
