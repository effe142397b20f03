import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { DiagramStep, LifecycleDiagram, LifecycleDiagramOptions } from '../../src/diagram/index.js';
import { violationsOf } from '../support/axe.js';
import { marksIn, moveOf } from '../support/diagram-in-page.js';
import { activityOf, NO_ACTIVITY, watchActivity } from '../support/page-activity.js';
import { pageAssets, useChromium } from '../support/page.js';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

declare global {
  /** In a page: the diagram under test. */
  var diagram: LifecycleDiagram;
}

const chromium = useChromium();
let server: SseServer;
let page: Page;
let noise: string[];
beforeEach(async () => {
  server = await SseServer.start(undefined, pageAssets());
});
afterEach(async () => {
  await server.close();
  if (noise.length > 0) throw new Error(`Expected a quiet page, but it said ${noise.join(', ')}`);
});

/** Opens a page with a diagram. Only the test advances the clock of the page. */
async function open(options: LifecycleDiagramOptions = {}, context: BrowserContextOptions = {}) {
  const look = { viewport: { width: 800, height: 600 }, ...context };
  ({ page, noise } = await chromium.openPage(server.origin, look, async page => {
    await page.clock.install({ time: 0 });
    await watchActivity(page);
  }));
  // By then, the page has long been loaded.
  await page.clock.pauseAt(600_000);
  await page.evaluate(options => {
    document.documentElement.lang = 'en';
    document.body.innerHTML = '<main><h1>Diagram</h1><div id="place"></div></main>';
    const place = document.querySelector<HTMLElement>('#place');
    if (place) globalThis.diagram = rxSse.diagram.lifecycleDiagram(place, options);
  }, options);
}

const CONNECTING: DiagramStep = { kind: 'connecting', attempt: 0, lastEventId: '' };
const PAUSED: DiagramStep = { kind: 'paused' };
const waiting = (delay?: number): DiagramStep => ({ kind: 'waiting', attempt: 1, delay, error: {} });
const event = (id: string): DiagramStep => ({ kind: 'event', event: { type: 'message', data: '', lastEventId: id } });
const gap = (requested: string, resumed: string): DiagramStep => ({ kind: 'gap', requested, resumed });

/** A step. An `open` step is only a string, because its headers can't be copied into a page. */
type Taken = DiagramStep | 'open' | 'open 12';

const take = (...steps: readonly Taken[]) =>
  page.evaluate(steps => {
    for (const step of steps) {
      if (typeof step !== 'string') diagram.next(step);
      else {
        const [, resumedFrom = ''] = step.split(' ');
        const downtime = resumedFrom ? 2340 : 0;
        diagram.next({ kind: 'open', url: '/', status: 200, headers: new Headers(), resumedFrom, downtime });
      }
    }
  }, steps);
const pass = (milliseconds: number) => page.clock.runFor(milliseconds);
const image = () => page.getByRole('img');
const label = () => image().getAttribute('aria-label');
const said = () => page.getByRole('status').textContent();
const pendingFrames = async () => (await activityOf(page)).frames;

describe('the drawing', () => {
  it('has a mark for each step at its time, and moves with time', async () => {
    await open();
    await take(CONNECTING);
    await pass(100);
    await take('open');
    await pass(1000);
    await take(event('7'), { kind: 'comment', text: '' });
    await pass(1000);
    const marks = await marksIn(page);
    expect(marks.map(({ kind, count, label }) => `${kind} ${label} ×${count}`)).toEqual([
      'connecting  ×1',
      'open  ×1',
      'event 7 ×1',
      'comment  ×1',
    ]);
    const place = await page.locator('#place').boundingBox();
    const now = (place?.x ?? 0) + (place?.width ?? 0) - 72;
    for (const [index, ago] of [2100, 2000, 1000, 1000].entries()) {
      expect(Math.abs((marks[index]?.x ?? 0) - (now - ago * 0.032))).toBeLessThan(1.5);
    }
    const before = await moveOf(page);
    await pass(1000);
    expect(before - (await moveOf(page))).toBeCloseTo(32, 0);
  });

  it('counts down a wait, and moves the next attempt closer', async () => {
    await open();
    await take(waiting(3000));
    await pass(500);
    const count = page.locator('.count');
    const due = () => page.locator('.due').evaluate(path => path.getBoundingClientRect().right);
    expect(await count.textContent()).toBe('2.5 s');
    const before = await due();
    await pass(1000);
    expect(await count.textContent()).toBe('1.5 s');
    expect(before - (await due())).toBeCloseTo(32, 0);
    await pass(2000);
    expect(await count.textContent()).toBe('0.0 s');
    await take(CONNECTING);
    await pass(20);
    expect(await count.textContent()).toBe('');
  });

  it('merges the marks of a burst, and keeps no more marks than are visible', async () => {
    await open();
    await take(CONNECTING, 'open');
    await page.evaluate(() => {
      for (let id = 1; id <= 100_000; id++) {
        diagram.next({ kind: 'event', event: { type: 'message', data: 'x', lastEventId: String(id) } });
        if (id % 100 === 0) diagram.next({ kind: 'comment', text: '' });
      }
    });
    await pass(50);
    expect((await marksIn(page)).map(({ kind, label }) => `${kind} ${label}`)).toEqual([
      'connecting ',
      'open ',
      'event ×100000',
      'comment ×1000',
    ]);
    // 50 comments a second, for minutes.
    const counts: number[] = [];
    for (let minute = 0; minute < 3; minute++) {
      await page.evaluate(() => {
        const timer = setInterval(() => diagram.next({ kind: 'comment', text: '' }), 20);
        setTimeout(() => clearInterval(timer), 60_000);
      });
      await page.clock.fastForward(1);
      await pass(60_000);
      counts.push((await marksIn(page)).length);
    }
    // One mark per 15 pixels on 728 pixels of the past and on 100 beyond the edge, and the current state.
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(828 / 15) + 2);
    expect((await marksIn(page))[0]?.kind).toBe('open');
  });

  it('shows the data of the stream as text, never as HTML', async () => {
    await open();
    await take(CONNECTING, event('<b>1</b>'), gap('<i>', '"&'));
    await pass(20);
    expect(await page.locator('svg text', { hasText: '<b>1</b>' }).count()).toBe(1);
    expect(await page.locator('svg text', { hasText: '<i> → "&' }).count()).toBe(1);
    expect(await page.locator('b, i').count()).toBe(0);
  });

  it('adapts to its element when that changes its size', async () => {
    await open();
    await take(CONNECTING, 'open');
    await pass(100);
    const x = async () => (await marksIn(page))[1]?.x ?? 0;
    const before = await x();
    await page.setViewportSize({ width: 500, height: 600 });
    await until(async () => {
      await pass(20);
      return before - (await x()) > 295;
    });
    // The rest is the time that passed meanwhile.
    expect(before - (await x())).toBeLessThan(320);
    await page.setViewportSize({ width: 200, height: 600 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(200);
  });

  it('stays exact after days, far from its origin', async () => {
    await open();
    await take(CONNECTING, 'open');
    await pass(20);
    await page.clock.fastForward(720 * 3_600_000);
    await take(event('7'));
    await pass(1000);
    const marks = await marksIn(page);
    expect(marks.map(({ kind }) => kind)).toEqual(['open', 'event']);
    expect(Math.abs((marks[1]?.x ?? 0) - (800 - 8 - 72 - 32))).toBeLessThan(2);
  });

  it('shows a wait as finished if the machine slept through it, and continues after it', async () => {
    await open();
    await take(CONNECTING, 'open', event('12'), waiting(3000));
    await pass(500);
    await page.clock.fastForward(8 * 3_600_000);
    await pass(20);
    // All steps before the sleep are out of sight, except for the state that still lasts.
    expect((await marksIn(page)).map(({ kind }) => kind)).toEqual(['waiting']);
    expect(await page.locator('.count').textContent()).toBe('0.0 s');
    await take({ ...CONNECTING, attempt: 1 }, 'open 12', event('13'));
    await pass(20);
    expect((await marksIn(page)).map(({ kind }) => kind)).toEqual(['waiting', 'connecting', 'open', 'event']);
    expect(await page.locator('.count').textContent()).toBe('');
    expect(await label()).toBe('Event stream: reconnected after 2.3 seconds, resumed after #12');
  });

  it('stands still while it is paused, and catches up afterwards', async () => {
    await open();
    await take(CONNECTING, 'open');
    await pass(100);
    await page.evaluate(() => (diagram.paused = true));
    const before = await moveOf(page);
    await take(event('1'));
    await pass(1000);
    expect([await pendingFrames(), await moveOf(page), (await marksIn(page)).length]).toEqual([0, before, 2]);
    await page.evaluate(() => (diagram.paused = false));
    await pass(20);
    expect((await marksIn(page)).map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event']);
    expect(before - (await moveOf(page))).toBeGreaterThan(30);
  });
});

describe('animation frames', () => {
  it('are drawn only while something moves', async () => {
    await open();
    await pass(50);
    expect(await pendingFrames()).toBe(0);
    await take(CONNECTING, 'open');
    expect(await pendingFrames()).toBe(1);
    await pass(1000);
    expect(await pendingFrames()).toBe(1);
    // Nothing happens, and all events so far are out of sight.
    await pass(40_000);
    expect(await pendingFrames()).toBe(0);
    await take({ kind: 'comment', text: '' });
    expect(await pendingFrames()).toBe(1);
    await take(PAUSED);
    await pass(40_000);
    expect(await pendingFrames()).toBe(0);
    await take(waiting(100_000));
    await pass(40_000);
    expect(await pendingFrames()).toBe(1);
    await page.evaluate(() => diagram.complete());
    await pass(50);
    expect(await pendingFrames()).toBe(0);
  });

  it('are not drawn while the diagram is out of sight', async () => {
    await open();
    await take(CONNECTING, 'open');
    await pass(50);
    await page.evaluate(() => (document.body.style.paddingTop = '5000px'));
    await until(async () => (await pendingFrames()) === 0);
    await take(event('1'));
    expect(await pendingFrames()).toBe(0);
    await page.locator('#place').scrollIntoViewIfNeeded();
    await until(async () => (await pendingFrames()) === 1);
    await pass(50);
    expect((await marksIn(page)).map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event']);
  });

  it('are drawn only for a new step with reduced motion', async () => {
    await open({}, { reducedMotion: 'reduce' });
    await take(CONNECTING, 'open', event('1'));
    await pass(50);
    const before = await moveOf(page);
    await pass(3000);
    expect([await pendingFrames(), await moveOf(page)]).toEqual([0, before]);
    await take(event('2'));
    await pass(50);
    expect(before - (await moveOf(page))).toBeGreaterThan(90);
    expect((await marksIn(page)).map(({ label }) => label)).toEqual(['', '', '1', '2']);
    // The preference can change while the page is open.
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await until(async () => (await pendingFrames()) === 1);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await until(async () => {
      await pass(20);
      return (await pendingFrames()) === 0;
    });
  });
});

describe('accessibility', () => {
  it('labels the image with the state of the connection', async () => {
    await open({ label: 'Chat' });
    const labels = [await label()];
    for (const step of [CONNECTING, 'open', event('1'), waiting(3000), 'open 12', PAUSED] as const) {
      await take(step);
      labels.push(await label());
    }
    await page.evaluate(() => diagram.error(new Error('why')));
    labels.push(await label());
    expect(labels).toEqual([
      'Chat',
      'Chat: connecting',
      'Chat: connected',
      'Chat: connected',
      'Chat: connection lost, next attempt in 3 seconds',
      'Chat: reconnected after 2.3 seconds, resumed after #12',
      'Chat: paused',
      'Chat: failed: why',
    ]);
  });

  it('announces lost connections, reconnects, gaps and the end, and nothing else', async () => {
    await open();
    const heard: (string | null)[] = [];
    const hear = async (...steps: readonly Taken[]) => {
      await page.evaluate(() => {
        const status = document.querySelector('#place div')?.shadowRoot?.querySelector('[role=status]');
        if (status) status.textContent = '';
      });
      await take(...steps);
      heard.push(await said());
    };
    await hear(CONNECTING, 'open', event('1'));
    await hear(waiting(100), CONNECTING);
    await hear(waiting(100), CONNECTING);
    await hear('open 12');
    await hear(gap('12', '20'), event('21'));
    await hear({ kind: 'closed', reason: 'end' });
    expect(heard).toEqual([
      '',
      'connection lost, next attempt in 0.1 seconds',
      '',
      'reconnected after 2.3 seconds, resumed after #12',
      'events after #12 may be missing, resumed after #20',
      'closed',
    ]);
  });

  it.each(['light', 'dark'] as const)(
    'passes axe-core with the background of the color scheme: %s',
    async colorScheme => {
      await open({}, { colorScheme });
      await page.evaluate(() => (document.documentElement.style.colorScheme = 'light dark'));
      await take(CONNECTING, 'open', event('1'), gap('1', '2'), waiting(5000));
      await pass(100);
      await page.clock.resume();
      expect(await violationsOf(page)).toEqual([]);
      const ground = await image().evaluate(element => getComputedStyle(element).backgroundColor);
      expect(ground).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(28, 32, 36)');
    },
  );

  it('uses the system’s colors if colors are forced', async () => {
    await open({}, { forcedColors: 'active' });
    await take(CONNECTING, 'open');
    await pass(50);
    const stroke = await page.locator('[data-kind=open] path').evaluate(element => getComputedStyle(element).stroke);
    const highlight = await page.evaluate(() => {
      document.body.style.color = 'Highlight';
      return getComputedStyle(document.body).color;
    });
    expect(stroke).toBe(highlight);
  });
});

describe('the host page', () => {
  it('can set the colors', async () => {
    await open();
    await page.locator('#place').evaluate(element => element.style.setProperty('--rx-sse-accent', 'rgb(1, 2, 3)'));
    await take(CONNECTING, 'open');
    await pass(50);
    const stroke = await page.locator('[data-kind=open] path').evaluate(element => getComputedStyle(element).stroke);
    expect(stroke).toBe('rgb(1, 2, 3)');
  });

  it('keeps nothing of the diagram after destroy()', async () => {
    await open();
    await take(CONNECTING, 'open', waiting(5000));
    await pass(100);
    expect(await activityOf(page)).toEqual({ frames: 1, timers: 0, observers: 2, mediaListeners: 1 });
    await page.evaluate(() => diagram.destroy());
    expect(await activityOf(page)).toEqual(NO_ACTIVITY);
    expect(await page.locator('#place').innerHTML()).toBe('');
    await take(event('1'));
    await page.evaluate(() => {
      diagram.paused = true;
      diagram.paused = false;
      diagram.destroy();
    });
    await pass(100);
    expect(await activityOf(page)).toEqual(NO_ACTIVITY);
    expect(await page.locator('#place').innerHTML()).toBe('');
  });

  it('gets a TypeError if the container isn’t an element, or if an option is invalid', async () => {
    await open();
    const messages = await page.evaluate(() => {
      const { lifecycleDiagram } = rxSse.diagram;
      const wrong: (() => unknown)[] = [
        () => lifecycleDiagram('#place' as never),
        () => lifecycleDiagram(document.body, { pixelsPerSecond: 0 }),
        () => lifecycleDiagram(document.body, { label: 5 as never }),
      ];
      return wrong.map(make => {
        try {
          return make();
        } catch (error) {
          return String(error);
        }
      });
    });
    expect(messages).toEqual([
      'TypeError: Expected an element for the option `container`, but got "#place" (string)',
      'TypeError: Expected a number above 0 for the option `pixelsPerSecond`, but got 0 (number)',
      'TypeError: Expected a text for the option `label`, but got 5 (number)',
    ]);
  });
});
