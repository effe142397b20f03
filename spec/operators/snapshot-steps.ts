import type { EventSourceLifecycle, ServerSentEvent, SnapshotLifecycle } from '../../src/index.js';

export type Lifecycle = EventSourceLifecycle;
export type Merged = Lifecycle | SnapshotLifecycle<number>;

export const connecting: Lifecycle = { kind: 'connecting', attempt: 0, lastEventId: '' };
export const open = (resumedFrom = ''): Lifecycle => ({
  kind: 'open',
  url: '/stream',
  status: 200,
  headers: new Headers(),
  resumedFrom,
  downtime: 0,
});
export const event = (number: number): Lifecycle => ({
  kind: 'event',
  event: { type: 'message', data: `${number}`, lastEventId: `${number}` },
});
export const gap: Lifecycle = { kind: 'gap', requested: '1', resumed: '' };
export const comment: Lifecycle = { kind: 'comment', text: '' };
export const waiting: Lifecycle = { kind: 'waiting', delay: 1000, attempt: 1, error: new Error('lost') };
export const paused: Lifecycle = { kind: 'paused' };
export const closed: Lifecycle = { kind: 'closed', reason: 'end' };

/** Returns a step as short text: the data of an event, `=` and the content of a snapshot, or the kind of the step. */
export const say = (step: Lifecycle | SnapshotLifecycle): string =>
  step.kind === 'event' ? step.event.data : step.kind === 'snapshot' ? `=${String(step.snapshot)}` : step.kind;

/** Here, a snapshot is the number of the last event that it contains. */
export const isIn = ({ lastEventId }: ServerSentEvent<unknown>, snapshot: number) => Number(lastEventId) <= snapshot;
