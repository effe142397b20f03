import { afterEach, beforeEach } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { DiagramStep, LifecycleDiagram, LifecycleDiagramOptions } from '../../src/diagram/index.js';
import { activityOf, watchActivity } from '../support/page-activity.js';
import { pageAssets, useChromium } from '../support/page.js';
import { SseServer } from '../support/sse-server.js';

declare global {
  /** In a page: the diagram under test. */
  var diagram: LifecycleDiagram;
}

export const CONNECTING = { kind: 'connecting', attempt: 0, lastEventId: '' } as const satisfies DiagramStep;
export const PAUSED: DiagramStep = { kind: 'paused' };
export const waiting = (delay?: number): DiagramStep => ({ kind: 'waiting', attempt: 1, delay, error: {} });
export const event = (id: string): DiagramStep => ({
  kind: 'event',
  event: { type: 'message', data: '', lastEventId: id },
});
export const gap = (requested: string, resumed: string): DiagramStep => ({ kind: 'gap', requested, resumed });

/** A step. An `open` step is only a string, because its headers can't be copied into a page. */
export type Taken = DiagramStep | 'open' | 'open 12';

/** Starts a server for each test. `open` opens its page, with a diagram. A test fails if the page logs something. */
export function useDiagram() {
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

  /** Opens a page with a diagram, and returns it. Only the test advances the clock of the page. */
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
    return page;
  }

  /** Passes the steps to the diagram. */
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
  /** Advances the clock of the page. */
  const pass = (milliseconds: number) => page.clock.runFor(milliseconds);
  const image = () => page.getByRole('img');
  const label = () => image().getAttribute('aria-label');
  const said = () => page.getByRole('status').textContent();
  const pendingFrames = async () => (await activityOf(page)).frames;

  return { open, take, pass, image, label, said, pendingFrames };
}
