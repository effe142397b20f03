import { describe, expect, it } from '@jest/globals';
import { violationsOf } from '../support/axe.js';
import { CONNECTING, event, gap, PAUSED, type Taken, useDiagram, waiting } from './use-diagram.js';

const { open, take, pass, image, label, said } = useDiagram();

describe('accessibility', () => {
  it('labels the image with the state of the connection', async () => {
    const page = await open({ label: 'Chat' });
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
    const page = await open();
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
    'passes axe-core with the background of the %s color scheme',
    async colorScheme => {
      const page = await open({}, { colorScheme });
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
    const page = await open({}, { forcedColors: 'active' });
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
