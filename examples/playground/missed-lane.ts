import { svg } from './elements.js';
import type { SentEvent } from './numbered-server.js';

const MIDDLE = 20;
/** Marks are gone when they are so far behind the left edge. */
const MARGIN = 20;
/** More are not kept while nothing is drawn. */
const MAX_MARKS = 200;

/** The lane of a client that reconnects and does not resume: what it hears, and what it has lost. Its line of time is that of the diagram. */
export class MissedLane {
  readonly element = svg('svg', { class: 'missed', role: 'img' });
  /** How many events such a client has lost. */
  lost = 0;
  private readonly axis = svg('path', { class: 'axis' });
  private readonly marks: { readonly at: number; readonly element: Element }[] = [];

  constructor() {
    this.element.append(this.axis);
    this.label();
  }

  add({ id, at, isHeard }: SentEvent): void {
    const element = svg(
      'g',
      { class: isHeard ? 'heard' : 'lost', 'data-id': String(id), transform: `translate(-${MARGIN})` },
      svg('circle', { r: isHeard ? '3' : '7' }),
      ...(isHeard ? [] : [svg('path', { d: 'M-5 5L5-5' })]),
    );
    this.element.append(element);
    this.marks.push({ at, element });
    if (this.marks.length > MAX_MARKS) this.drop();
    if (isHeard) return;
    this.lost++;
    this.label();
  }

  /** Draws it where the diagram has its times. */
  draw(xOf: (time: number) => number, now: number): void {
    this.axis.setAttribute('d', `M0 ${MIDDLE}H${xOf(now)}M${xOf(now)} 0V${2 * MIDDLE}`);
    while (this.marks[0] && xOf(this.marks[0].at) < -MARGIN) this.drop();
    for (const { at, element } of this.marks) {
      // When the stream is over, the time of the drawing stands still.
      const x = at > now ? -MARGIN : xOf(at);
      element.setAttribute('transform', `translate(${x} ${MIDDLE})`);
    }
  }

  private drop(): void {
    this.marks.shift()?.element.remove();
  }

  private label(): void {
    this.element.setAttribute('aria-label', `Without resuming, ${this.lost} events would have been lost`);
  }
}
