import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { useWebEngine } from '../support/use-web-engine.js';
import { WEB_ENGINES, type WebPage } from '../support/web-engine.js';
import { bundledAssets } from '../support/web-scope.js';

type HeaderRecord = Record<string, string>;

const ANYONE = { 'access-control-allow-origin': '*' };
const isPreflight = ({ request }: Exchange) => request.method === 'OPTIONS';

/** Runs in a page: returns the steps of the stream at `url` until it has read `count` events or has failed. */
function read({ url, count, param }: { url: string; count: number; param?: string }): Promise<string[]> {
  const { fromEventSourceLifecycle, rxjs } = rxSse;
  let events = 0;
  const steps = fromEventSourceLifecycle(url, {
    reconnect: { delay: 1, jitter: 0, count: 2 },
    ...(param && { lastEventIdParam: param }),
  });
  return rxjs.firstValueFrom(
    steps.pipe(
      rxjs.map(step => (step.kind === 'event' ? step.event.data : step.kind)),
      rxjs.takeWhile(said => !/^\d/.test(said) || ++events < count, true),
      rxjs.catchError((error: { name: string; retryable: boolean }) =>
        rxjs.of(`${error.name}, ${error.retryable ? 'retryable' : 'final'}`),
      ),
      rxjs.toArray(),
    ),
  );
}

describe.each(WEB_ENGINES.map(engine => [engine.name, engine] as const))(
  'a cross-origin stream, in %s',
  (_name, engine) => {
    const browser = useWebEngine(engine);
    let home: SseServer;
    let server: SseServer;
    let page: WebPage;
    /** The headers of the response to a preflight, and to a request. */
    let preflight: HeaderRecord;
    let answer: HeaderRecord;

    beforeEach(async () => {
      preflight = { ...ANYONE, 'access-control-allow-headers': 'last-event-id' };
      answer = ANYONE;
      home = await SseServer.start(undefined, bundledAssets());
      server = await SseServer.start(exchange => {
        if (isPreflight(exchange)) exchange.refuse(204, preflight);
        else {
          const next =
            Number(
              exchange.lastEventId ?? new URL(exchange.request.url ?? '', server.origin).searchParams.get('after') ?? 0,
            ) + 1;
          exchange.open(answer).end(`id: ${next}\ndata: ${next}\n\n`);
        }
      });
      page = await browser.open(`${home.origin}/`);
    });
    afterEach(() => Promise.all([home.close(), server.close()]));

    const methods = () => server.exchanges.map(({ request }) => request.method);

    it('is requested without a preflight, and resumed after one [pitfall 40]', async () => {
      const said = await page.evaluate(read, { url: server.url, count: 2 });
      expect(said.filter(step => /^\d/.test(step))).toEqual(['1', '2']);
      expect(methods()).toEqual(['GET', 'OPTIONS', 'GET']);
      expect(server.exchanges[1]?.request.headers['access-control-request-headers']).toBe('last-event-id');
    });

    it('is resumed without a preflight with `lastEventIdParam` [pitfall 40]', async () => {
      const said = await page.evaluate(read, { url: server.url, count: 2, param: 'after' });
      expect(said.filter(step => /^\d/.test(step))).toEqual(['1', '2']);
      expect(methods()).toEqual(['GET', 'GET']);
    });

    it.each<[string, () => void, string[]]>([
      ['a response without CORS headers', () => (answer = {}), []],
      ['a preflight that doesn’t allow Last-Event-ID', () => (preflight = ANYONE), ['open', '1']],
    ])('fails with a retryable ConnectionError after %s', async (_what, refuse, before) => {
      refuse();
      const said = await page.evaluate(read, { url: server.url, count: 2 });
      expect(said.filter(step => !['connecting', 'waiting'].includes(step))).toEqual([
        ...before,
        'ConnectionError, retryable',
      ]);
    });
  },
);
