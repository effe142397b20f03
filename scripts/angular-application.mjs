// What an application that `ng new` has made gets: three streams (an Observable, a resource, a store), an interceptor, a unit test.

const STORE = `
import { patchState, signalStore, withHooks, withState } from '@ngrx/signals';
import { ofEventType, routeTo } from 'rx-sse';
import { injectEventSource } from 'rx-sse/angular';

/** For the \`providers\` of a component. */
export const TextStore = signalStore(
  withState({ texts: [] as string[] }),
  withHooks((store, eventSource = injectEventSource()) => ({
    onInit() {
      const message = (text: string) => patchState(store, ({ texts }) => ({ texts: [...texts, text] }));
      eventSource.lifecycle('/stream/store').pipe(ofEventType('message'), routeTo({ events: { message } })).subscribe();
    },
  })),
);`;

const APP = `
import { PlatformLocation } from '@angular/common';
import { HttpClient } from '@angular/common/http';
import { Component, inject, signal } from '@angular/core';
import { eventSourceResource, injectEventSource, withTransferState } from 'rx-sse/angular';
import { TextStore } from './text-store';

@Component({
  selector: 'app-streams',
  providers: [TextStore],
  template: \`
    <p id="events">{{ events().join(' ') }}</p>
    <p id="values">{{ chat.value().join(' ') }}</p>
    <p id="store">{{ store.texts().join(' ') }}</p>
    <p id="connection">{{ chat.connection().status }}</p>
    <p id="position">{{ chat.lastEventId() }}</p>
  \`,
})
export class Streams {
  readonly store = inject(TextStore);
  readonly events = signal<readonly string[]>([]);
  readonly chat = eventSourceResource(() => '/stream/resource', {
    initial: [] as string[],
    reduce: (all, { data }) => [...all, data],
  });

  constructor() {
    const eventSource = injectEventSource();
    // Nothing but the component's end unsubscribes.
    eventSource('/stream/events').subscribe(({ data }) => this.events.update(all => [...all, data]));
  }
}

/** What the server renders, and the page goes on with. */
@Component({ selector: 'app-news', template: '<p id="news">{{ news.value().join(" ") }} {{ news.status() }}</p>' })
export class News {
  readonly news = eventSourceResource(() => ({ url: '/stream/news', ssr: 'connect' }), {
    transfer: withTransferState('news'),
    initial: [] as string[],
    reduce: (all, { data }) => [...all, data],
  });
}

@Component({
  selector: 'app-root',
  imports: [News, Streams],
  template: \`
    @if (shown()) {
      <app-streams />
    }
    @if (search === '?news') {
      <app-news />
    }
    <button id="toggle" (click)="shown.set(!shown())">Streams</button>
    <button id="ask" (click)="ask()">Ask</button>
    <p id="answer">{{ answer() }}</p>
  \`,
})
export class App {
  private readonly http = inject(HttpClient);
  readonly search = inject(PlatformLocation).search;
  readonly shown = signal(true);
  readonly answer = signal('');

  ask(): void {
    this.http.get('/plain', { responseType: 'text' }).subscribe(answer => this.answer.set(answer));
  }
}`;

const TEST = `
import { TestBed } from '@angular/core/testing';
import { provideSse, withDefaults } from 'rx-sse/angular';
import { fakeEventSource } from 'rx-sse/testing';
import { App } from './app';

describe('App', () => {
  it('shows what its streams bring, and closes them', async () => {
    const server = fakeEventSource();
    TestBed.configureTestingModule({ providers: [provideSse(withDefaults({ fetch: server.fetch }))] });
    const fixture = TestBed.createComponent(App);
    await fixture.whenStable();
    const connections = ['events', 'resource', 'store'].map(name => server.expectConnection('/stream/' + name).open());
    for (const connection of connections) connection.send({ id: 1, data: 'a' });
    await fixture.whenStable();
    const text = (id: string) => (fixture.nativeElement as Element).querySelector('#' + id)?.textContent;
    expect(['events', 'values', 'store', 'position'].map(text)).toEqual(['a', 'a', 'a', '1']);
    fixture.destroy();
    expect(connections.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
    server.verify();
  });
});`;

/** Of the page at `/?xhr`, all requests but streams go by XMLHttpRequest. */
const configOf = isNewest => `
import {
  type HttpInterceptorFn,
  provideHttpClient,
  withInterceptors,
  ${isNewest ? 'HttpXhrBackend, withXhr' : 'withFetch'},
} from '@angular/common/http';
import { type ApplicationConfig, provideBrowserGlobalErrorListeners } from '@angular/core';
import { provideClientHydration } from '@angular/platform-browser';
import { provideSse, withDefaults, withHttpClient, withSse } from 'rx-sse/angular';

const auth: HttpInterceptorFn = (request, next) => next(request.clone({ setHeaders: { 'x-user': 'ada' } }));

const byXhr = globalThis.location?.search === '?xhr';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideClientHydration(),
    byXhr
      ? provideHttpClient(${isNewest ? 'withXhr(), ' : ''}withInterceptors([auth]), withSse(${isNewest ? '{ backend: HttpXhrBackend }' : ''}))
      : provideHttpClient(${isNewest ? '' : 'withFetch(), '}withInterceptors([auth]), withSse()),
    provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 100 } })),
  ],
};`;

const SERVER_ROUTES = `
import { RenderMode, type ServerRoute } from '@angular/ssr';

export const serverRoutes: ServerRoute[] = [{ path: '**', renderMode: RenderMode.Server }];`;

/** The files that are written over those of an application of that version of Angular: path and text. */
export const applicationOf = version => ({
  'src/app/app.ts': APP,
  'src/app/app.spec.ts': TEST,
  'src/app/text-store.ts': STORE,
  'src/app/app.config.ts': configOf(version === '22'),
  'src/app/app.routes.server.ts': SERVER_ROUTES,
});
