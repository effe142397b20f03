/* eslint jest/no-export: off -- these tests run with zone.js and without, each in its own spec */
// The compiler must come first: Angular's own classes are compiled when they are loaded.
import '@angular/compiler';
import {
  type ApplicationRef,
  Component,
  inject,
  InjectionToken,
  PendingTasks,
  provideZoneChangeDetection,
  provideZonelessChangeDetection,
} from '@angular/core';
import { pendingUntilEvent, toSignal } from '@angular/core/rxjs-interop';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideServerRendering, renderApplication } from '@angular/platform-server';
import { describe, expect, it } from '@jest/globals';
import { map, type Observable, scan, take } from 'rxjs';
import {
  type InjectedEventSource,
  injectEventSource,
  provideSse,
  type SseOptions,
  withDefaults,
} from '../../src/angular/index.js';
import { connectionState, IDLE_CONNECTION, type ServerSentEvent } from '../../src/index.js';
import type { ChangeDetection } from './angular.js';
import type { SseServer } from './sse-server.js';
import { until } from './until.js';
import { useRenderingServer } from './use-rendering-server.js';

const URL_OF_STREAM = new InjectionToken<string>('URL_OF_STREAM');
const ADAPT = new InjectionToken<(events$: Observable<ServerSentEvent>) => Observable<ServerSentEvent>>('ADAPT');

@Component({
  selector: 'app-root',
  template: '<p>{{ status() }}</p><ul>@for (text of texts(); track $index) {<li>{{ text }}</li>}</ul>',
})
class Page {
  private readonly eventSource: InjectedEventSource = injectEventSource();
  private readonly url = inject(URL_OF_STREAM);
  readonly texts = toSignal(
    this.eventSource(this.url).pipe(
      inject(ADAPT),
      scan((texts, event) => [...texts, event.data], ['at first']),
    ),
    { initialValue: ['at first'] },
  );
  readonly status = toSignal(
    this.eventSource.lifecycle(`${this.url}?lifecycle`).pipe(
      connectionState(),
      map(({ status }) => status),
    ),
    { initialValue: IDLE_CONNECTION.status },
  );
}

/** Defines the tests of a page with streams that is rendered on the server. */
export function serverRenderingBehaviour(changeDetection: ChangeDetection): void {
  describe('a page with streams, on the server', () => {
    let server: SseServer;
    useRenderingServer(started => (server = started));

    async function render(options: SseOptions, adapt = (events$: Observable<ServerSentEvent>) => events$) {
      let applicationRef: ApplicationRef | undefined;
      const began = process.cpuUsage();
      const html = await renderApplication(
        async context => {
          applicationRef = await bootstrapApplication(
            Page,
            {
              providers: [
                changeDetection === 'zone.js' ? provideZoneChangeDetection() : provideZonelessChangeDetection(),
                provideServerRendering(),
                { provide: URL_OF_STREAM, useValue: server.url },
                { provide: ADAPT, useFactory: () => adapt },
                provideSse(withDefaults(options)),
              ],
            },
            context,
          );
          return applicationRef;
        },
        { document: '<html><head></head><body><app-root></app-root></body></html>', url: '/' },
      );
      const { user, system } = process.cpuUsage(began);
      return { html, work: (user + system) / 1000, isDestroyed: applicationRef?.destroyed };
    }

    /** Returns the number of timers that keep the process alive. For sockets, see the server's exchanges. */
    const timers = () => process.getActiveResourcesInfo().filter(name => /Timeout|Immediate/.test(name)).length;

    it('renders with its initial values, and sends no request', async () => {
      const before = timers();
      const { html, work, isDestroyed } = await render({});
      expect(html).toContain('<p>idle</p>');
      expect(html).toContain('<ul><li>at first</li>');
      expect(work).toBeLessThan(1000);
      expect(isDestroyed).toBe(true);
      await until(() => timers() <= before);
      expect(server.exchanges).toEqual([]);
    });

    it("connects with `ssr: 'connect'`, renders without waiting for a response, and closes the connections", async () => {
      const before = timers();
      const asked = Promise.all([server.exchange(0), server.exchange(1)]);
      const options = { ssr: 'connect', idleTimeout: 60_000, connectTimeout: 60_000 } as const;
      const rendered = await render(options, events$ => {
        // Rendering is so fast that the requests would be aborted before they are sent.
        inject(PendingTasks).run(() => asked);
        return events$;
      });
      const exchanges = await asked;
      expect(rendered.html).toContain('<p>connecting</p>');
      expect(rendered.html).toContain('<ul><li>at first</li>');
      expect(rendered.work).toBeLessThan(1000);
      for (const exchange of exchanges) await exchange.gone();
      await server.idle();
      expect(server.exchanges).toHaveLength(2);
      await until(() => timers() <= before);
    });

    it('waits for the first event with pendingUntilEvent, and renders it', async () => {
      const before = timers();
      const rendering = render({ ssr: 'connect' }, events$ => events$.pipe(take(1), pendingUntilEvent()));
      const exchanges = await Promise.all([server.exchange(0), server.exchange(1)]);
      for (const exchange of exchanges) exchange.open();
      const events = exchanges.find(({ request }) => request.url === '/stream');
      events?.send('data: from the server\n\ndata: too late\n\n');
      const { html } = await rendering;
      expect(html).toContain('<li>at first</li><li>from the server</li>');
      expect(html).not.toContain('too late');
      for (const exchange of exchanges) await exchange.gone();
      await server.idle();
      await until(() => timers() <= before);
    });

    it('renders when the server stops one stream with 204, and the other is cut and waits to reconnect', async () => {
      const before = timers();
      const rendering = render({ ssr: 'connect' }, events$ => events$.pipe(pendingUntilEvent()));
      const [first, second] = await Promise.all([server.exchange(0), server.exchange(1)]);
      for (const exchange of [first, second]) {
        if (exchange.request.url === '/stream') exchange.refuse(204);
        else exchange.cut();
      }
      const { html } = await rendering;
      expect(html).toContain('<ul><li>at first</li>');
      await server.idle();
      // The wait of the other stream has ended with the application.
      await until(() => timers() <= before);
      expect(server.exchanges).toHaveLength(2);
    });
  });
}
