import type { EventSourceLifecycle, RoleLifecycle, ServerSentEvent, SnapshotLifecycle } from '../lifecycle.js';

/** A step of any lifecycle: its events decoded or not, with the snapshots of `withSnapshot` and the roles of tabs or without. */
export type LifecycleStep = EventSourceLifecycle<ServerSentEvent<unknown>> | RoleLifecycle | SnapshotLifecycle;
