import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { buildPage } from '../../examples/playground/build-page.js';
import { servePage } from '../../examples/playground/page-server.js';
import type { EventSourceLifecycle } from '../../src/index.js';
import { violationsOf } from '../support/axe.js';
import { marksIn, moveOf } from '../support/diagram-in-page.js';
import { useChromium } from '../support/page.js';
import { activityOf, NO_ACTIVITY, watchActivity } from '../support/page-activity.js';

declare global {
  /** In a page: the steps of its stream, and the playground itself. */
  var steps: EventSourceLifecycle[];
  var playground: { destroy(): void };
}

/** The time from which the test controls the clock of a page. By then, the page has long been loaded. */
const LATER = 600_000;

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

/** Opens the page with a playground, and records its lifecycle. Only the test advances the clock of the page. */
async function open(options: BrowserContextOptions = {}): Promise<void> {
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
}

const pass = (milliseconds: number) => page.clock.runFor(milliseconds);
const kinds = () => page.evaluate(() => steps.map(({ kind }) => kind));
const count = async (name: string) => Number(await page.locator(`[data-count=${name}]`).textContent());
const counts = async () =>
  Object.fromEntries(
    await Promise.all(['lost', 'doubled', 'gaps', 'reconnects'].map(async name => [name, await count(name)] as const)),
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

type Kind = EventSourceLifecycle['kind'];

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

describe.each([
  ['by click', byClick],
  ['by the keyboard', byKeyboard],
] as const)('buttons, %s', (_, press) => {
  beforeEach(async () => {
    await open();
    // The stream is open, and a few events have arrived.
    await pass(3000);
  });

  it('Cut: the stream reconnects, resumes, and loses nothing', async () => {
    expect((await kinds()).slice(0, 3)).toEqual(['connecting', 'open', 'event']);
    await press('cut');
    await pass(4000);
    expect((await kinds()).filter(kind => kind !== 'event' && kind !== 'comment')).toEqual([
      ...['connecting', 'open', 'waiting', 'connecting', 'open'],
    ]);
    await expectNothingLost();
    expect(await count('reconnects')).toBe(1);
    // A client that doesn't resume would have lost the events sent meanwhile.
    expect((await missed()).length).toBeGreaterThan(0);
    expect(await page.getByText('Without resuming:').textContent()).toBe(
      `Without resuming: ${(await missed()).length} lost`,
    );
    await expectDrawing();
  });

  it('503: the stream waits longer each time, and loses nothing', async () => {
    await press('refuse');
    await expect(page.locator('[data-trouble=refuse]').getAttribute('class')).resolves.toBe('lit');
    await pass(2500);
    expect(await status()).toBe('Waiting: the server answered 503');
    await pass(7000);
    await expect(page.locator('[data-trouble=refuse]').getAttribute('class')).resolves.toBe('');
    const waits = await page.evaluate(() => steps.flatMap(step => (step.kind === 'waiting' ? step.delay : [])));
    expect(waits).toEqual([1000, 2000, 4000]);
    expect((await marksIn(page)).filter(({ label }) => label === '503')).toHaveLength(2);
    await expectNothingLost();
    await expectDrawing();
  });

  it('Silence: the stream detects it, reconnects, and loses nothing', async () => {
    await press('silence');
    await pass(2000);
    expect((await kinds()).includes('waiting')).toBe(false);
    expect((await received()).length).toBeLessThan(await count('sent'));
    await pass(1000);
    expect(await status()).toBe('Waiting: the server fell silent');
    await pass(5000);
    await expectNothingLost();
    await expectDrawing();
  });

  it('Gap: the stream reports that events are missing, and the page shows how many', async () => {
    await press('gap');
    await pass(12_000);
    expect((await kinds()).filter(kind => kind === 'gap')).toHaveLength(1);
    expect(await counts()).toMatchObject({ lost: 0, doubled: 0, gaps: 1 });
    const numbers = await received();
    const missing = Number(/(\d+) missing/.exec((await page.locator('.tally .note').textContent()) ?? '')?.[1]);
    expect(missing).toBeGreaterThan(0);
    expect(numbers.length + missing).toBe(await count('sent'));
    await expectDrawing();
  });

  it('Offline: no attempt gets through, and the stream is back at once when the network is', async () => {
    await press('offline');
    const button = page.locator('[data-trouble=offline]');
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    await pass(9000);
    expect((await kinds()).filter(kind => kind === 'waiting').length).toBeGreaterThan(1);
    await press('offline');
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    await pass(500);
    expect(await status()).toBe('Connected');
    await expectNothingLost();
    await expectDrawing();
  });

  it('Trim history: the stream has a gap if it was offline meanwhile, and none if it was connected', async () => {
    await press('trim');
    await pass(2000);
    await expectNothingLost();
    await press('offline');
    await pass(4000);
    await press('trim');
    await pass(1000);
    await press('offline');
    await pass(1000);
    expect(await counts()).toMatchObject({ lost: 0, doubled: 0, gaps: 1 });
    await expectDrawing();
  });

  it('Slow: the attempt takes longer, and nothing is lost', async () => {
    await press('slow');
    await pass(2500);
    expect(await status()).toBe('Connecting');
    await pass(3000);
    expect(await status()).toBe('Connected');
    await expectNothingLost();
    await expectDrawing();
  });
});

describe('the other controls, by the keyboard', () => {
  beforeEach(() => open());

  /** Goes to the element by Tab. */
  const goTo = async (selector: string) => {
    const isThere = () => page.evaluate(selector => document.activeElement?.matches(selector) ?? false, selector);
    for (let tabs = 0; tabs < 20 && !(await isThere()); tabs++) await page.keyboard.press('Tab');
    expect(await isThere()).toBe(true);
  };

  it('a slider announces its value, and the stream continues with the new policy from its position', async () => {
    await pass(3000);
    await goTo('[name=delay]');
    const slider = page.getByLabel('First wait');
    expect(await slider.getAttribute('aria-valuetext')).toBe('1 s');
    await page.keyboard.press('End');
    expect(await slider.getAttribute('aria-valuetext')).toBe('5 s');
    await goTo('[name=jitter]');
    await page.keyboard.press('Home');
    await pass(1000);
    const last = (await received()).at(-1) ?? 0;
    const connecting = await page.evaluate(() => steps.filter(step => step.kind === 'connecting').length);
    expect([connecting, last]).toEqual([3, await count('sent')]);
    await byClick('cut');
    await pass(100);
    const waits = await page.evaluate(() => steps.flatMap(step => (step.kind === 'waiting' ? step.delay : [])));
    expect(waits).toEqual([5000]);
    await expectDrawing();
  });

  it('the stream fails after its last attempt, and Start continues from there', async () => {
    await pass(3000);
    await goTo('[name=count]');
    await page.keyboard.press('Home');
    await goTo('[name=delay]');
    await page.keyboard.press('Home');
    await pass(500);
    await byClick('offline');
    await pass(2000);
    expect(await status()).toMatch(/^Failed: /);
    expect((await marksIn(page)).at(-1)?.kind).toBe('failed');
    await byClick('offline');
    await goTo('.bar button');
    await page.keyboard.press('Space');
    await pass(1000);
    expect(await status()).toBe('Connected');
    expect(await counts()).toMatchObject({ lost: 0, doubled: 0, gaps: 0 });
    expect(await received()).toHaveLength(await count('sent'));
  });

  it('Stop ends the stream and the animation, and Start resumes the stream', async () => {
    await pass(3000);
    await goTo('.bar button');
    await page.keyboard.press('Enter');
    await pass(20);
    expect(await status()).toBe('Stopped');
    const before = await moveOf(page);
    const numbers = await received();
    await pass(3000);
    expect([await moveOf(page), await received()]).toEqual([before, numbers]);
    await page.keyboard.press('Enter');
    await pass(1000);
    expect(await status()).toBe('Connected');
    expect(await received()).toHaveLength(await count('sent'));
    expect(await missed()).toEqual([4, 5, 6, 7]);
  });

  it('Freeze stops only the animation', async () => {
    await pass(3000);
    await goTo('.bar button + button');
    await page.keyboard.press('Space');
    expect(await page.getByRole('button', { name: 'Freeze' }).getAttribute('aria-pressed')).toBe('true');
    const before = await moveOf(page);
    const numbers = (await received()).length;
    await pass(3000);
    expect(await moveOf(page)).toBe(before);
    expect((await received()).length).toBeGreaterThan(numbers);
    await page.keyboard.press('Space');
    await expectDrawing();
    expect(before - (await moveOf(page))).toBeGreaterThan(90);
  });

  it('each control has a visible focus outline', async () => {
    const controls = await page.locator('button, input').count();
    for (let index = 0; index < controls; index++) {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
        return `${document.activeElement?.tagName} ${outlineStyle} ${outlineWidth}`;
      });
      expect(outline).toMatch(/^(BUTTON|INPUT) solid 2px$/);
    }
  });
});

describe('the drawing', () => {
  /** Returns the distance between the marks of this event in the two lanes, in pixels. */
  const distance = async (id = NaN) => {
    const diagram = await page.locator(`g[data-kind=event][data-label="${id}"] path`).boundingBox();
    const lane = await page.locator(`.missed [data-id="${id}"]`).boundingBox();
    const middle = (box: typeof lane) => (box?.x ?? NaN) + (box?.width ?? NaN) / 2;
    return Math.abs(middle(diagram) - middle(lane));
  };

  it('keeps both lanes in step', async () => {
    await open();
    await pass(3000);
    await byClick('cut');
    await pass(5000);
    expect(await distance(1)).toBeLessThan(1);
  });

  it('stands still with reduced motion until something happens', async () => {
    await open({ reducedMotion: 'reduce' });
    await pass(3000);
    await byClick('cut');
    await pass(100);
    const where = async () => [
      await moveOf(page),
      await page.locator('.missed [data-id="1"]').getAttribute('transform'),
    ];
    const before = await where();
    await pass(300);
    expect(await where()).toEqual(before);
    await pass(5000);
    expect(await status()).toBe('Connected');
    await expectDrawing();
  });

  it.each([
    ['while connected', '', 'Connected', []],
    // The silence counts from the end of the sleep: 3 s, and a wait of 1 s.
    ['while the server is silent', 'silence', 'Connected', [5, 6, 7, 8, 9, 10]],
    ['while waiting', 'cut', 'Waiting: the connection was lost', [5]],
    ['while offline', 'offline', 'Waiting: the connection was lost', [5, 6, 7]],
  ])(
    'shows the right steps and losses after the machine has slept for an hour %s',
    async (_when, trouble, before, lost) => {
      await open();
      await pass(3000);
      if (trouble) await byClick(trouble);
      await pass(500);
      expect(await status()).toBe(before);
      const untilSleep = (await kinds()).length;
      await page.clock.fastForward(3_600_000);
      await pass(2000);
      if (trouble === 'offline') await byClick(trouble);
      await pass(6000);
      expect(await status()).toBe('Connected');
      await expectNothingLost();
      // The steps before the sleep are out of sight, except for the state that lasted.
      await expectDrawing(said => {
        const states = said.slice(0, untilSleep).filter(kind => kind === 'open' || kind === 'waiting');
        return [...states.slice(-1), ...said.slice(untilSleep)];
      });
      // A client that doesn't resume has also lost #4 before the sleep, if it wasn't connected.
      expect(await missed()).toEqual(lost);
      expect(await page.getByText('Without resuming:').textContent()).toBe(
        `Without resuming: ${lost.length === 0 ? 0 : lost.length + 1} lost`,
      );
      expect(await distance((await received()).at(-1))).toBeLessThan(1);
    },
  );

  it('is gone after destroy(), and nothing keeps running', async () => {
    await open();
    await pass(3000);
    await byClick('gap');
    await pass(1500);
    await page.evaluate(() => playground.destroy());
    expect(await page.locator('#playground').innerHTML()).toBe('');
    expect(await activityOf(page)).toEqual(NO_ACTIVITY);
    const before = await kinds();
    await pass(10_000);
    expect(await kinds()).toEqual(before);
  });

  it('can be mounted twice, without duplicate ids', async () => {
    await open();
    await page.evaluate(async () => {
      const place = document.querySelector('#playground');
      const { mountPlayground } = (await import(`${location.origin}/playground.js`)) as {
        mountPlayground: (place: Element | null) => { destroy(): void };
      };
      mountPlayground(place);
    });
    await pass(1500);
    const ids = await page.locator('[id]').evaluateAll(elements => elements.map(({ id }) => id));
    expect(ids).toEqual([...new Set(ids)]);
    expect(await page.locator('.rx-sse-playground').count()).toBe(2);
  });
});

/**
 * The widths of the viewport. 320 CSS pixels are a small phone, or a window of 1280 at a zoom of 400 %. 640 are that
 * window at 200 %.
 */
const LOOKS = [320, 640, 1280].flatMap(width => (['light', 'dark'] as const).map(scheme => [width, scheme] as const));

describe.each(LOOKS)('%d pixels, %s', (width, colorScheme) => {
  it('passes axe-core, and doesn’t scroll sideways', async () => {
    ({ page, noise } = await chromium.openPage(site.origin, { viewport: { width, height: 800 }, colorScheme }));
    await byClick('refuse');
    await page.getByText('Waiting: the server answered 503').waitFor();
    await page.locator('[data-trouble=gap]').hover();
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });
});
