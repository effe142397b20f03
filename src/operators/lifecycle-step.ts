import type { EventSourceLifecycle, RoleLifecycle, ServerSentEvent, SnapshotLifecycle } from '../lifecycle.js';

/** A step of any lifecycle, with or without decoded events, the snapshots of `withSnapshot`, and the roles of tabs. */
export type LifecycleStep = EventSourceLifecycle<ServerSentEvent<unknown>> | RoleLifecycle | SnapshotLifecycle;
