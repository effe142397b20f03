import { checkEach, checkGiven } from '#check';
import type { Observer } from 'rxjs';
import { FUNCTION, isObject, type Kind, OBJECT } from '../kind.js';
import { describeStep } from './describe-step.js';
import type { DiagramStep, DrawnStep, FailedStep } from './diagram-step.js';
import { Drawing } from './drawing.js';
import { Frames } from './frames.js';
import { News } from './news.js';
import { MARBLE } from './shapes.js';
import { isStanding, Timeline } from './timeline.js';

/** The options of `lifecycleDiagram`. */
export interface LifecycleDiagramOptions {
  /**
   * The name of the stream, for people who don't see the drawing.
   * @default 'Event stream'
   */
  readonly label?: string | undefined;
  /**
   * How wide a second is, in CSS pixels. Events that come closer to each other than 15 pixels are one mark, with their number.
   * @default 32
   */
  readonly pixelsPerSecond?: number | undefined;
  /**
   * Describes a step in words: for the label of the drawing, which says how the connection stands, and for what a screen reader says. Give it to speak
   * another language than English. `''` says nothing.
   */
  readonly describe?: ((step: DiagramStep | FailedStep) => string) | undefined;
  /**
   * Called after each drawing, for what you draw along the same line of time: `xOf` says where a time of `performance.now()` is, in CSS pixels from the
   * left edge of the container, and `now` is the time of the drawing.
   */
  readonly onDraw?: ((xOf: (time: number) => number, now: number) => void) | undefined;
}

/** A drawing of a lifecycle: an observer of it. */
export interface LifecycleDiagram extends Observer<DiagramStep> {
  /** Draws a step. */
  next: (step: DiagramStep) => void;
  /** Draws that the stream has failed. */
  error: (error: unknown) => void;
  /** Draws the end, if the lifecycle has not said it: `takeUntil` cuts it off. */
  complete: () => void;
  /**
   * Whether the drawing stands still. It hears of the lifecycle all the same, and has caught up when it goes on. Whatever moves by itself for more than five
   * seconds needs a button that stops it (WCAG 2.2.2).
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
 * Draws a lifecycle into an element, as a marble diagram that moves: time goes from right to left, and what happens now is at the right. It shows attempts,
 * connections and where they resumed, events, heartbeats, waits with their countdown, pauses, gaps, snapshots, and the end.
 *
 * It returns an observer: subscribe it to a lifecycle, or put it into `tap`. Several streams may be drawn one after another. No observer
 * hears of it if you unsubscribe: call `destroy` then, or end the stream by `takeUntil`, which is drawn as the end.
 *
 * - It draws in animation frames, only while it is seen and something moves, and keeps what is in sight and no more. Events that are too close to each other
 *   are one mark, with their number.
 * - With `prefers-reduced-motion` nothing moves: each step draws the state of that moment.
 * - It is an image, whose label says how the connection stands. What matters is said aloud when there is a pause: that the connection is lost, that it is back
 *   and where it resumed, what may be missing, and the end.
 * - Colors follow the `color-scheme` of the page; custom properties such as `--rx-sse-accent` replace them. It needs no exception in a content security policy.
 *
 * What `describe` and `onDraw` throw is thrown to who calls `next`, or in the frame. A container that is no element, or an option of a wrong type, throws a
 * `TypeError` at the call.
 *
 * @param container what the drawing is appended to; it is as wide as that, and 148 pixels high
 * @param options `label` ('Event stream'), `pixelsPerSecond` (32), `describe` and `onDraw`, all of which may be left out
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
    // It may have been cut off before it said that it is closed.
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
    if (!isNews && !isStanding(step)) return;
    const text = describe(step);
    if (isStanding(step)) this.label(text);
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
