import type { EventSourceLifecycle, GapLifecycle, SnapshotLifecycle } from '../../src/index.js';

/** The steps of a lifecycle with snapshots, which are texts here. */
export type Step = EventSourceLifecycle | SnapshotLifecycle<string>;

export const connecting = (attempt = 0, lastEventId = ''): Step => ({ kind: 'connecting', attempt, lastEventId });
export const open = (resumedFrom = ''): Step => ({
  kind: 'open',
  url: 'https://example.org/stream',
  status: 200,
  headers: new Headers(),
  resumedFrom,
  downtime: 0,
});
export const gap = (requested: string, resumed: string): GapLifecycle => ({ kind: 'gap', requested, resumed });
export const text = (data: string, type = 'message', lastEventId = ''): Step => ({
  kind: 'event',
  event: { type, data, lastEventId },
});
export const waiting = (attempt = 1, delay?: number, error?: unknown): Step => ({
  kind: 'waiting',
  delay,
  attempt,
  ...(error === undefined ? {} : { error }),
});
export const PAUSED: Step = { kind: 'paused' };
export const CLOSED: Step = { kind: 'closed', reason: 'end' };
export const COMMENT: Step = { kind: 'comment', text: '' };
