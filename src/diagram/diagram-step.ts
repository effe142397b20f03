import type { EventSourceLifecycle, RoleLifecycle, ServerSentEvent, SnapshotLifecycle } from '../index.js';

/** A step that a diagram draws, of any lifecycle, including snapshots of `withSnapshot` and roles of tabs. */
export type DiagramStep = EventSourceLifecycle<ServerSentEvent<unknown>> | RoleLifecycle | SnapshotLifecycle;

/** The failure of the stream: the Observable's error, as a step. */
export interface FailedStep {
  /** The kind of the step. */
  readonly kind: 'failed';
  /** The error of the stream. */
  readonly error: unknown;
}

/** Everything that the diagram draws. */
export type DrawnStep = DiagramStep | FailedStep;

/** The status of the rejected response, if the error has one. */
export function statusOf(error: unknown): number | undefined {
  const { status } = Object(error) as { readonly status?: unknown };
  return typeof status === 'number' ? status : undefined;
}
