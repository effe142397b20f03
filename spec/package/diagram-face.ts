// Uses the whole public API of `rx-sse/diagram`, as `public-face.ts` uses that of the package.
import { EMPTY, type Observable, type Observer, tap } from 'rxjs';
import {
  type DiagramStep,
  type FailedStep,
  type LifecycleDiagram,
  lifecycleDiagram,
  type LifecycleDiagramOptions,
} from '../../src/diagram/index.js';
import type { EventSourceLifecycle } from '../../src/index.js';

const describe = (step: DiagramStep | FailedStep): string =>
  step.kind === 'failed' ? String(step.error) : step.kind === 'open' ? step.resumedFrom : '';
const options: LifecycleDiagramOptions = {
  label: 'Chat',
  pixelsPerSecond: 50,
  describe,
  onDraw: (xOf, now) => console.log(xOf(now - 1000)),
};
const source: Observable<EventSourceLifecycle> = EMPTY;

export function draw(container: HTMLElement): () => void {
  const diagram: LifecycleDiagram = lifecycleDiagram(container, options);
  const observer: Observer<EventSourceLifecycle> = lifecycleDiagram(container);
  source.subscribe(observer);
  diagram.paused = !diagram.paused;
  return () => diagram.destroy();
}
export const watched = (diagram: LifecycleDiagram): Observable<EventSourceLifecycle> =>
  source.pipe(tap<EventSourceLifecycle>(diagram));

// @ts-expect-error -- an element is needed
export const nowhere = lifecycleDiagram('#diagram');
