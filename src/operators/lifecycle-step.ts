import type { EventSourceLifecycle, ServerSentEvent, SnapshotLifecycle } from '../lifecycle.js';

/** A step of any lifecycle: its events decoded or not, with the snapshots of `withSnapshot` or without. */
export type LifecycleStep = EventSourceLifecycle<ServerSentEvent<unknown>> | SnapshotLifecycle;
