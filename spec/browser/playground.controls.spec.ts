import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { marksIn, moveOf } from '../support/diagram-in-page.js';
import { usePlayground } from './use-playground.js';

const { open, pass, count, counts, received, status, missed, expectDrawing, byClick } = usePlayground();

describe('the other controls, by the keyboard', () => {
  let page: Page;
  beforeEach(async () => {
    page = await open();
  });

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
