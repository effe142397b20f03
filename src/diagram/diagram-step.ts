import type { EventSourceLifecycle, RoleLifecycle, ServerSentEvent, SnapshotLifecycle } from '../index.js';

/** A step that a diagram draws: of any lifecycle, with the snapshots of `withSnapshot` and the roles of tabs or without. */
export type DiagramStep = EventSourceLifecycle<ServerSentEvent<unknown>> | RoleLifecycle | SnapshotLifecycle;

/** The stream has failed for good: what the Observable errors with, as a step. */
export interface FailedStep {
  /** That it has failed. */
  readonly kind: 'failed';
  /** The error of the stream. */
  readonly error: unknown;
}

/** Everything that the diagram draws. */
export type DrawnStep = DiagramStep | FailedStep;

/** The status of the response, if that is what an attempt failed with. */
export function statusOf(error: unknown): number | undefined {
  const { status } = Object(error) as { readonly status?: unknown };
  return typeof status === 'number' ? status : undefined;
}
