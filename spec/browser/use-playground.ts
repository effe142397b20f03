import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { buildPage } from '../../examples/playground/build-page.js';
import { servePage } from '../../examples/playground/page-server.js';
import type { EventSourceLifecycle } from '../../src/index.js';
import { marksIn } from '../support/diagram-in-page.js';
import { useChromium } from '../support/page.js';
import { watchActivity } from '../support/page-activity.js';

declare global {
  /** In a page: the steps of its stream, and the playground itself. */
  var steps: EventSourceLifecycle[];
  var playground: { destroy(): void };
}

/** The time from which the test controls the clock of a page. By then, the page has long been loaded. */
const LATER = 600_000;

type Kind = EventSourceLifecycle['kind'];

/** Serves the page of the playground to all tests of a file. A test fails if the page logs something. */
export function usePlayground() {
  const chromium = useChromium();
  let site: Awaited<ReturnType<typeof servePage>>;
  beforeAll(async () => {
    site = await servePage(buildPage(), 0);
  });
  afterAll(() => site.close());

  let page: Page;
  let noise: string[];
  afterEach(() => {
    if (noise.length > 0) throw new Error(`Expected a quiet page, but it said ${noise.join(', ')}`);
  });

  /** Opens and returns the page with a playground, and records its lifecycle. Only the test advances its clock. */
  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const look = { viewport: { width: 1280, height: 900 }, ...options };
    ({ page, noise } = await chromium.openPage(site.origin, look, async page => {
      await page.clock.install({ time: 0 });
      await watchActivity(page);
      // Jitter shortens no wait.
      await page.addInitScript(() => (Math.random = () => 0));
      await page.route('**/main.js', route => route.fulfill({ contentType: 'text/javascript', body: '' }));
    }));
    await page.clock.pauseAt(LATER);
    await page.evaluate(async () => {
      globalThis.steps = [];
      const place = document.querySelector('#playground');
      const { mountPlayground } = (await import(`${location.origin}/playground.js`)) as {
        mountPlayground: (place: Element | null, options: object) => { destroy(): void };
      };
      globalThis.playground = mountPlayground(place, { onStep: (step: EventSourceLifecycle) => steps.push(step) });
    });
    return page;
  }

  /** Opens the page as it is served: it runs its playground itself, and its clock runs. */
  async function openAsServed(options: BrowserContextOptions): Promise<Page> {
    ({ page, noise } = await chromium.openPage(site.origin, options));
    return page;
  }

  const pass = (milliseconds: number) => page.clock.runFor(milliseconds);
  const kinds = () => page.evaluate(() => steps.map(({ kind }) => kind));
  const count = async (name: string) => Number(await page.locator(`[data-count=${name}]`).textContent());
  const counts = async () =>
    Object.fromEntries(
      await Promise.all(
        ['lost', 'doubled', 'gaps', 'reconnects'].map(async name => [name, await count(name)] as const),
      ),
    );
  /** Returns the numbers of the events that have arrived. */
  const received = () =>
    page.evaluate(() => steps.flatMap(step => (step.kind === 'event' ? Number(step.event.data) : [])));
  const status = () => page.locator('.status').textContent();

  /** Returns the numbers of the events that are lost without resuming, from the lane below. */
  const missed = async () =>
    (await page.locator('.missed .lost').evaluateAll(marks => marks.map(mark => mark.getAttribute('data-id')))).map(
      Number,
    );

  /** Expects that all events sent have arrived once, in order. */
  async function expectNothingLost(): Promise<void> {
    const numbers = await received();
    expect(numbers).toEqual(Array.from({ length: await count('sent') }, (_, index) => index + 1));
    expect(await counts()).toMatchObject({ lost: 0, doubled: 0, gaps: 0 });
  }

  /** Expects a drawing of the steps of the stream, as far as they are in sight: each step, in order, and nothing else. */
  async function expectDrawing(inSight = (said: readonly Kind[]) => said): Promise<void> {
    await pass(20);
    const crowds = ['event', 'comment', 'retry-time'];
    const said: readonly string[] = inSight(await kinds());
    const marks = await marksIn(page);
    const total = (kind: string) => marks.filter(mark => mark.kind === kind).reduce((sum, mark) => sum + mark.count, 0);
    expect(marks.map(({ kind }) => kind).filter(kind => !crowds.includes(kind))).toEqual(
      said.filter(kind => !crowds.includes(kind)),
    );
    for (const kind of crowds) expect([kind, total(kind)]).toEqual([kind, said.filter(other => other === kind).length]);
  }

  const byClick = (name: string) => page.locator(`[data-trouble=${name}]`).click();

  /** Goes to a button by the keyboard alone, and presses a key. */
  async function byKeyboard(name: string, key = 'Enter'): Promise<void> {
    const isThere = () => page.evaluate(name => document.activeElement?.getAttribute('data-trouble') === name, name);
    for (let tabs = 0; tabs < 20 && !(await isThere()); tabs++) await page.keyboard.press('Tab');
    expect(await isThere()).toBe(true);
    await page.keyboard.press(key);
  }

  return {
    open,
    openAsServed,
    pass,
    kinds,
    count,
    counts,
    received,
    status,
    missed,
    expectNothingLost,
    expectDrawing,
    byClick,
    byKeyboard,
  };
}
