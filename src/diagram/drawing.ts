import { CONNECTION, EVENTS, RULER, type Shape, shapeOf } from './shapes.js';
import { STYLE } from './style.js';
import type { View } from './frames.js';
import { inSeconds, isState, type Mark, type Timeline } from './timeline.js';

/** The width of the future, to the right of the present: in pixels, and at most as a share of the width. */
const FUTURE = 72;
const FUTURE_SHARE = 0.2;
/** How far beyond the edge marks are kept, in pixels, because they have a width. */
const MARGIN = 100;
/** The steps of the ruler, in seconds, and their smallest width, in pixels. */
const RULES = [1, 2, 5, 10, 30, 60, 300];
const RULE_WIDTH = 64;
const SVG = 'http://www.w3.org/2000/svg';
/** Beyond this distance, numbers are less exact than pixels. */
const MAX_DISTANCE = 1e5;

/** A mark that is drawn. */
interface Drawn {
  readonly group: SVGElement;
  readonly path: SVGElement;
  readonly text: SVGElement | undefined;
  /** The state until the next mark: a line. */
  readonly line: SVGElement | undefined;
  count: number;
}

/** Draws a `Timeline` as SVG in its own shadow root, so styles of the page don't apply, except for colors. */
export class Drawing {
  private readonly document: Document;
  private readonly host: HTMLElement;
  private readonly svg: SVGElement;
  private readonly live: HTMLElement;
  private readonly ruler: SVGElement;
  private readonly moving: SVGElement;
  private readonly due: SVGElement;
  private readonly count: SVGElement;
  private readonly drawn = new Map<Mark, Drawn>();
  /** Where the last label of each row ends, in pixels of `moving`. */
  private readonly rows = new Map<number, number>();
  private width = 0;
  private now = 0;
  /** The time that is 0 in `moving`. */
  private origin = 0;

  constructor(
    view: View,
    container: HTMLElement,
    private readonly pixelsPerSecond: number,
  ) {
    this.document = container.ownerDocument;
    this.host = this.document.createElement('div');
    const shadow = this.host.attachShadow({ mode: 'open' });
    this.svg = this.add(shadow, 'svg', { role: 'img' });
    this.live = this.document.createElement('p');
    set(this.live, { role: 'status' });
    shadow.append(this.live);
    this.ruler = this.add(this.svg, 'g');
    this.moving = this.add(this.svg, 'g');
    this.due = this.add(this.svg, 'path', { class: 'due' });
    this.count = this.add(this.svg, 'text', { class: 'count', y: 17 });
    adoptStyle(shadow, view);
    container.append(this.host);
    this.resize(this.host.clientWidth);
  }

  /** The element that is observed, for its size and visibility. */
  get element(): Element {
    return this.host;
  }

  /** The accessible name. */
  set label(label: string) {
    this.svg.setAttribute('aria-label', label);
  }

  /** Announces a text to screen readers. */
  say(text: string): void {
    this.live.textContent = text;
  }

  resize(width: number): void {
    this.width = width;
    this.drawRuler();
  }

  /** The time at the left edge. Earlier marks are invisible. */
  get from(): number {
    return this.now - ((this.present + MARGIN) / this.pixelsPerSecond) * 1000;
  }

  /** Where a time is, in pixels from the left edge. */
  readonly xOf = (time: number): number => this.present + this.length(time - this.now);

  /** Draws the marks, if they have changed, and moves all of them to their current position. */
  draw(timeline: Timeline, now: number, isChanged: boolean): void {
    this.now = now;
    if (this.length(now - this.origin) > MAX_DISTANCE) {
      this.origin = now;
      this.clear();
      isChanged = true;
    }
    if (isChanged) {
      timeline.prune(this.from);
      this.sync(timeline);
    }
    set(this.moving, { transform: `translate(${round(this.xOf(this.origin))})` });
    this.stretch(timeline.state, now);
    this.drawDue(timeline.state);
  }

  /** Removes the drawing from the page. */
  remove(): void {
    this.host.remove();
  }

  /** The position of the present. */
  private get present(): number {
    return this.width - Math.min(FUTURE, FUTURE_SHARE * this.width);
  }

  /** Converts milliseconds to pixels. */
  private length(milliseconds: number): number {
    return (milliseconds / 1000) * this.pixelsPerSecond;
  }

  private clear(): void {
    this.moving.textContent = '';
    this.drawn.clear();
    this.rows.clear();
  }

  private sync({ marks, dropped }: Timeline): void {
    const kept = new Set(dropped ? [dropped, ...marks] : marks);
    for (const [mark, { group }] of this.drawn) {
      if (kept.has(mark)) continue;
      group.remove();
      this.drawn.delete(mark);
    }
    let before: Mark | undefined;
    for (const mark of kept) {
      const view = this.drawn.get(mark);
      if (!view) this.drawn.set(mark, this.create(mark));
      else if (view.count !== mark.count) update(view, mark);
      if (!isState(mark)) continue;
      this.stretch(before, mark.at);
      before = mark;
    }
  }

  private create(mark: Mark): Drawn {
    const { kind, at, count, label } = mark;
    const shape = shapeOf(mark);
    const x = round(this.length(at - this.origin));
    const group = this.add(this.moving, 'g', { 'data-kind': kind, transform: `translate(${x})` });
    const line = isState(mark) ? this.add(group, 'line', { y1: CONNECTION, y2: CONNECTION }) : undefined;
    const path = this.add(group, 'path', { transform: `translate(0 ${shape.y})` });
    const text = this.hasRoom(shape, x, label) ? this.writeAt(group, shape) : undefined;
    const view: Drawn = { group, path, text, line, count };
    update(view, mark);
    return view;
  }

  /** A label that would cover the previous one is left out. */
  private hasRoom({ label: [x, y] }: Shape, at: number, text: string): boolean {
    const width = 7 * Math.max(text.length, 2) + 4;
    const start = x === 0 ? at - width / 2 : at + x;
    if (start < (this.rows.get(y) ?? -Infinity)) return false;
    if (text) this.rows.set(y, start + width);
    return true;
  }

  private writeAt(group: SVGElement, { label: [x, y] }: Shape): SVGElement {
    return this.add(group, 'text', { x, y, class: x === 0 ? 'middle' : '' });
  }

  /** Draws the line of a state up to a time. */
  private stretch(mark: Mark | undefined, until: number): void {
    const line = mark && this.drawn.get(mark)?.line;
    if (line) set(line, { x2: round(this.length(until - mark.at)) });
  }

  /** Draws the next attempt. */
  private drawDue(state: Mark | undefined): void {
    const { due } = state ?? {};
    const { present } = this;
    const left = Math.max((due ?? 0) - this.now, 0);
    const path = `M${present} ${CONNECTION}h${round(this.length(left))}a5 5 0 1 1 10 0a5 5 0 1 1-10 0`;
    set(this.due, { d: due === undefined ? '' : path });
    set(this.count, { x: present + 8 });
    this.count.textContent = due === undefined ? '' : inSeconds(left);
  }

  private drawRuler(): void {
    const { ruler, pixelsPerSecond } = this;
    ruler.textContent = '';
    this.add(ruler, 'path', { class: 'thin', d: `M0 ${EVENTS}H${this.present}` });
    const step = RULES.find(seconds => seconds * pixelsPerSecond >= RULE_WIDTH) ?? 3600;
    for (let second = 0, x; (x = this.present - second * pixelsPerSecond) > 0; second += step) {
      this.add(ruler, 'path', { class: 'thin', d: second === 0 ? `M${x} 8V128` : `M${x} 124v4` });
      this.add(ruler, 'text', { class: 'ruler', x, y: RULER }).textContent = `${second > 0 ? '−' : ''}${second} s`;
    }
  }

  private add(parent: Node, name: 'svg' | 'g' | 'path' | 'line' | 'text', attributes: Attributes = {}): SVGElement {
    const element = this.document.createElementNS(SVG, name);
    set(element, attributes);
    parent.appendChild(element);
    return element;
  }
}

type Attributes = Readonly<Record<string, string | number>>;

function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

function update(drawn: Drawn, mark: Mark): void {
  const { group, path, text } = drawn;
  drawn.count = mark.count;
  set(group, { 'data-count': mark.count, 'data-label': mark.label });
  set(path, { d: shapeOf(mark).path });
  if (text) text.textContent = mark.label;
}

const round = (pixels: number) => Math.round(pixels * 10) / 10;

/** An adopted style sheet is allowed by every content security policy. jsdom doesn't have any. */
function adoptStyle(shadow: ShadowRoot, { CSSStyleSheet }: View): void {
  const sheet = new CSSStyleSheet();
  if (!('replaceSync' in sheet)) return;
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
}
