/**
 * A lifecycle as a marble diagram that moves.
 *
 * @module rx-sse/diagram
 */

export type { DiagramStep, FailedStep } from './diagram-step.js';
export { type LifecycleDiagram, lifecycleDiagram, type LifecycleDiagramOptions } from './lifecycle-diagram.js';
