import { checkEach, checkGiven } from '#check';
import type { Observer } from 'rxjs';
import { FUNCTION, isObject, type Kind, OBJECT } from '../kind.js';
import { describeStep } from './describe-step.js';
import type { DiagramStep, DrawnStep, FailedStep } from './diagram-step.js';
import { Drawing } from './drawing.js';
import { Frames } from './frames.js';
import { News } from './news.js';
import { MARBLE } from './shapes.js';
import { isState, Timeline } from './timeline.js';

/** The options of `lifecycleDiagram`. */
export interface LifecycleDiagramOptions {
  /**
   * The name of the stream, for people who don't see the drawing.
   * @default 'Event stream'
   */
  readonly label?: string | undefined;
  /**
   * The width of a second, in CSS pixels. Events closer than 15 pixels to each other are one mark, with their number.
   * @default 32
   */
  readonly pixelsPerSecond?: number | undefined;
  /**
   * Describes a step in words, for the label of the drawing and for screen readers. Set it for another language than
   * English. If it returns `''`, nothing is announced.
   */
  readonly describe?: ((step: DiagramStep | FailedStep) => string) | undefined;
  /**
   * Called after each drawing, so that you can draw along the same time axis. `xOf` returns the position of a time of
   * `performance.now()`, in CSS pixels from the left edge of the container. `now` is the time of the drawing.
   */
  readonly onDraw?: ((xOf: (time: number) => number, now: number) => void) | undefined;
}

/** An observer that draws a lifecycle. */
export interface LifecycleDiagram extends Observer<DiagramStep> {
  /** Draws a step. */
  next: (step: DiagramStep) => void;
  /** Draws the failure of the stream. */
  error: (error: unknown) => void;
  /** Draws the end, unless the lifecycle has already reported it. `takeUntil` hides that step. */
  complete: () => void;
  /**
   * Whether the drawing stands still. It still receives the lifecycle, and catches up afterwards. Anything that moves by
   * itself for more than five seconds needs a button that stops it (WCAG 2.2.2).
   * @default false
   */
  paused: boolean;
  /** Removes the drawing, its timers and its observers. Later steps aren't drawn. */
  destroy(): void;
}

const ELEMENT: Kind = ['an element', value => isObject(value) && 'ownerDocument' in value];
const OPTION_KINDS: Readonly<Record<keyof LifecycleDiagramOptions, Kind>> = {
  label: ['a text', value => typeof value === 'string'],
  pixelsPerSecond: ['a number above 0', value => typeof value === 'number' && value > 0],
  describe: FUNCTION,
  onDraw: FUNCTION,
};

/**
 * Draws a lifecycle as a marble diagram that moves. The present is at the right. It shows attempts, connections and
 * where they resumed, events, heartbeats, waits with their countdown, pauses, gaps, snapshots, and the end.
 *
 * Returns an observer: subscribe it to a lifecycle, or pass it to `tap`. It can draw several streams, one after another.
 * Observers don't notice when you unsubscribe, so call `destroy` too, or end the stream with `takeUntil`, which is drawn
 * as the end.
 *
 * - It draws in animation frames, while the element is visible and something moves, and only keeps what is visible.
 *   Events that are too close to each other are one mark, with their number.
 * - With `prefers-reduced-motion`, nothing moves: each step draws the current state.
 * - For screen readers, it is an image whose label is the state of the connection. They announce a lost connection, a
 *   reconnect and where it resumed, a gap, and the end.
 * - Colors follow the `color-scheme` of the page. Custom properties such as `--rx-sse-accent` replace them. A content
 *   security policy needs no exception.
 *
 * If `describe` throws, `next` throws its error. If `onDraw` throws, the error is reported in the animation frame. A
 * container that isn't an element, or an option of a wrong type, throws a `TypeError` at the call.
 *
 * @param container the parent of the drawing, which is as wide as this element, and 148 pixels high
 * @param options `label` ('Event stream'), `pixelsPerSecond` (32), `describe` and `onDraw`, all optional
 *
 * @example
 * ```ts
 * import { lifecycleDiagram } from 'rx-sse/diagram';
 *
 * const diagram = lifecycleDiagram(document.body, { label: 'Chat' });
 * const subscription = fromEventSourceLifecycle('/chat/stream').subscribe(diagram);
 *
 * // Later:
 * subscription.unsubscribe();
 * diagram.destroy();
 * ```
 */
export function lifecycleDiagram(container: HTMLElement, options: LifecycleDiagramOptions = {}): LifecycleDiagram {
  checkGiven('container', container, ELEMENT);
  checkGiven('options', options, OBJECT);
  checkEach(OPTION_KINDS, options);
  return new Diagram(container, options);
}

class Diagram implements LifecycleDiagram {
  private readonly news = new News();
  private readonly timeline: Timeline;
  private readonly drawing: Drawing;
  private readonly frames: Frames;
  private readonly clock: Performance;
  private isChanged = true;

  constructor(
    container: HTMLElement,
    private readonly options: LifecycleDiagramOptions,
  ) {
    const { pixelsPerSecond = 32 } = options;
    const view = container.ownerDocument.defaultView ?? window;
    this.clock = view.performance;
    this.timeline = new Timeline((MARBLE / pixelsPerSecond) * 1000);
    this.drawing = new Drawing(view, container, pixelsPerSecond);
    this.label('');
    this.frames = new Frames(
      view,
      this.drawing.element,
      () => this.draw(),
      width => {
        this.isChanged = true;
        this.drawing.resize(width);
      },
    );
    this.frames.request();
  }

  next(step: DiagramStep): void {
    this.take(step);
  }

  error(error: unknown): void {
    this.take({ kind: 'failed', error });
  }

  complete(): void {
    // `takeUntil` hides the step `closed`.
    if (!this.timeline.isOver) this.take({ kind: 'closed', reason: 'end' });
  }

  get paused(): boolean {
    return this.frames.paused;
  }

  set paused(paused: boolean) {
    this.frames.paused = paused;
  }

  destroy(): void {
    this.frames.end();
    this.drawing.remove();
  }

  private take(step: DrawnStep): void {
    const { describe = describeStep } = this.options;
    this.timeline.add(step, this.clock.now());
    this.isChanged = true;
    this.frames.request();
    const isNews = this.news.includes(step);
    if (!isNews && !isState(step)) return;
    const text = describe(step);
    if (isState(step)) this.label(text);
    if (isNews) this.drawing.say(text);
  }

  private label(state: string): void {
    const { label = 'Event stream' } = this.options;
    this.drawing.label = state ? `${label}: ${state}` : label;
  }

  /** Whether the next frame looks different. */
  private draw(): boolean {
    const { timeline, drawing, options } = this;
    const now = timeline.timeAt(this.clock.now());
    drawing.draw(timeline, now, this.isChanged);
    this.isChanged = false;
    options.onDraw?.(drawing.xOf, now);
    return timeline.movesFrom(drawing.from);
  }
}
