import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SseServer } from '../support/sse-server.js';
import { useWebEngine } from '../support/use-web-engine.js';
import { WEB_ENGINES } from '../support/web-engine.js';
import { bundledAssets } from '../support/web-scope.js';

describe.each(WEB_ENGINES.map(engine => [engine.name, engine] as const))('the diagram in %s', (_name, engine) => {
  const browser = useWebEngine(engine);
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start(undefined, bundledAssets());
  });
  afterEach(() => server.close());

  it('draws a stream, moves, has its colors, and removes everything on destroy', async () => {
    const page = await browser.open(`${server.origin}/`);
    const seen = await page.evaluate(async () => {
      const { diagram: door, fromEventSourceLifecycle, testing } = rxSse;
      let draws = 0;
      const drawn = async (count: number) => {
        const end = draws + count;
        while (draws < end) await new Promise(resolve => setTimeout(resolve, 5));
      };
      const diagram = door.lifecycleDiagram(document.body, { label: 'Chat', onDraw: () => draws++ });
      const shadow = document.body.querySelector('div')?.shadowRoot;
      const image = shadow?.querySelector('svg');
      const status = shadow?.querySelector('[role=status]');
      if (!image || !status) throw new Error('Expected a drawing');
      const marks = () => [...image.querySelectorAll<SVGElement>('g[data-kind]')];
      const words = (text: string | null) => text?.replace(/[\d.]+ seconds/, '… seconds');
      const stream = testing.fakeEventSource();
      const subscription = fromEventSourceLifecycle('/', {
        fetch: stream.fetch,
        lastEventId: '7',
        reconnect: { delay: 60_000 },
      }).subscribe(diagram);
      stream.expectConnection().open().send({ id: 8, data: 'a' }).comment().break();
      while (!status.textContent.includes('next attempt')) await new Promise(resolve => setTimeout(resolve, 5));
      await drawn(2);
      const left = () => marks()[0]?.getBoundingClientRect().left ?? NaN;
      const before = left();
      await drawn(20);
      const paths = marks().map(mark => mark.querySelector('path'));
      const result = {
        marks: marks().map(({ dataset }) => `${dataset['kind']} ${dataset['label']}`),
        hasMoved: left() < before,
        colors: new Set(paths.map(path => path && getComputedStyle(path).stroke)).size,
        label: words(image.getAttribute('aria-label')),
        said: words(status.textContent),
        height: image.getBoundingClientRect().height,
      };
      subscription.unsubscribe();
      diagram.destroy();
      return { ...result, left: document.body.children.length };
    });
    const lost = 'connection lost, next attempt in … seconds';
    expect(seen).toEqual({
      marks: ['connecting ', 'open ↻ 7', 'event 8', 'comment ', 'waiting '],
      hasMoved: true,
      // One for attempts and heartbeats, one for connections and events, and one for a loss.
      colors: 3,
      label: `Chat: ${lost}`,
      said: lost,
      height: 148,
      left: 0,
    });
    expect(page.noise).toEqual([]);
  });
});
