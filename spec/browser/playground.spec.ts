import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { violationsOf } from '../support/axe.js';
import { marksIn, moveOf } from '../support/diagram-in-page.js';
import { activityOf, NO_ACTIVITY } from '../support/page-activity.js';
import { usePlayground } from './use-playground.js';

const {
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
} = usePlayground();

describe.each([
  ['by click', byClick],
  ['by the keyboard', byKeyboard],
] as const)('buttons, %s', (_, press) => {
  let page: Page;
  beforeEach(async () => {
    page = await open();
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

describe('the drawing', () => {
  /** Returns the distance between the marks of this event in the two lanes, in pixels. */
  const distance = async (page: Page, id = NaN) => {
    const diagram = await page.locator(`g[data-kind=event][data-label="${id}"] path`).boundingBox();
    const lane = await page.locator(`.missed [data-id="${id}"]`).boundingBox();
    const middle = (box: typeof lane) => (box?.x ?? NaN) + (box?.width ?? NaN) / 2;
    return Math.abs(middle(diagram) - middle(lane));
  };

  it('keeps both lanes in step', async () => {
    const page = await open();
    await pass(3000);
    await byClick('cut');
    await pass(5000);
    expect(await distance(page, 1)).toBeLessThan(1);
  });

  it('stands still with reduced motion until something happens', async () => {
    const page = await open({ reducedMotion: 'reduce' });
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
      const page = await open();
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
      expect(await distance(page, (await received()).at(-1))).toBeLessThan(1);
    },
  );

  it('is gone after destroy(), and nothing keeps running', async () => {
    const page = await open();
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
    const page = await open();
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
    const page = await openAsServed({ viewport: { width, height: 800 }, colorScheme });
    await byClick('refuse');
    await page.getByText('Waiting: the server answered 503').waitFor();
    await page.locator('[data-trouble=gap]').hover();
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });
});
