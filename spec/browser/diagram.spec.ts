import { describe, expect, it } from '@jest/globals';
import { marksIn, moveOf } from '../support/diagram-in-page.js';
import { activityOf, NO_ACTIVITY } from '../support/page-activity.js';
import { until } from '../support/until.js';
import { CONNECTING, event, gap, PAUSED, useDiagram, waiting } from './use-diagram.js';

const { open, take, pass, label, pendingFrames } = useDiagram();

describe('the drawing', () => {
  it('has a mark for each step at its time, and moves with time', async () => {
    const page = await open();
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
    const page = await open();
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
    const page = await open();
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
    const page = await open();
    await take(CONNECTING, event('<b>1</b>'), gap('<i>', '"&'));
    await pass(20);
    expect(await page.locator('svg text', { hasText: '<b>1</b>' }).count()).toBe(1);
    expect(await page.locator('svg text', { hasText: '<i> → "&' }).count()).toBe(1);
    expect(await page.locator('b, i').count()).toBe(0);
  });

  it('adapts to its element when that changes its size', async () => {
    const page = await open();
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
    const page = await open();
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
    const page = await open();
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
    const page = await open();
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
    const page = await open();
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
    const page = await open();
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
    const page = await open({}, { reducedMotion: 'reduce' });
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

describe('the host page', () => {
  it('can set the colors', async () => {
    const page = await open();
    await page.locator('#place').evaluate(element => element.style.setProperty('--rx-sse-accent', 'rgb(1, 2, 3)'));
    await take(CONNECTING, 'open');
    await pass(50);
    const stroke = await page.locator('[data-kind=open] path').evaluate(element => getComputedStyle(element).stroke);
    expect(stroke).toBe('rgb(1, 2, 3)');
  });

  it('keeps nothing of the diagram after destroy()', async () => {
    const page = await open();
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
    const page = await open();
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
