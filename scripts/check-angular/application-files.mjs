// The files for the generated applications: three streams (an Observable, a resource, a store), an interceptor, a unit
// test; a resource that the server renders; deferred blocks; and a service worker in the application with modules.

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
import { Late } from './late';
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
    // Only the end of the component unsubscribes.
    eventSource('/stream/events').subscribe(({ data }) => this.events.update(all => [...all, data]));
  }
}

/** Rendered on the server, and continued in the browser. */
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
  imports: [Late, News, Streams],
  template: \`
    @if (shown()) {
      <app-streams />
    }
    @switch (search) {
      @case ('?news') {
        <app-news />
      }
      @case ('?dehydrated') {
        @defer (hydrate on interaction) {
          <app-news />
        }
      }
      @case ('?deferred') {
        <button id="load" #load>Load</button>
        @defer (on interaction(load)) {
          <app-late />
        } @placeholder {
          <p id="late">not yet</p>
        }
      }
    }
    <button id="toggle" (click)="shown.set(!shown())">Streams</button>
    <button id="ask" (click)="ask()">Ask</button>
    <p id="answer">{{ answer() }}</p>
  \`,
})
export class App {
  private readonly http = inject(HttpClient);
  readonly search = inject(PlatformLocation).search;
  readonly shown = signal(!this.search.startsWith('?de'));
  readonly answer = signal('');

  ask(): void {
    this.http.get('/plain', { responseType: 'text' }).subscribe(answer => this.answer.set(answer));
  }
}`;

/** Loaded on demand. */
const LATE = `
import { Component } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { injectEventSource } from 'rx-sse/angular';
import { map, scan } from 'rxjs';

@Component({ selector: 'app-late', template: '<p id="late">{{ texts() }}</p>' })
export class Late {
  readonly texts = toSignal(
    injectEventSource()('/stream/late').pipe(
      map(({ data }) => data),
      scan((all, data) => (all ? all + ' ' : '') + data, ''),
    ),
    { initialValue: '' },
  );
}`;

const TEST = `
import { TestBed } from '@angular/core/testing';
import { provideSse, withDefaults } from 'rx-sse/angular';
import { fakeEventSource } from 'rx-sse/testing';
import { App } from './app';

describe('App', () => {
  it('shows what its streams bring, and closes them', async () => {
    const server = fakeEventSource();
    const providers = [provideSse(withDefaults({ fetch: server.fetch }))];
    // Angular 21 requires this for components with deferred blocks.
    await TestBed.configureTestingModule({ imports: [App], providers }).compileComponents();
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

/** At `/?xhr`, all requests except streams use XMLHttpRequest. */
const configOf = isNewest => `
import {
  type HttpInterceptorFn,
  provideHttpClient,
  withInterceptors,
  ${isNewest ? 'HttpXhrBackend, withXhr' : 'withFetch'},
} from '@angular/common/http';
import { type ApplicationConfig, provideBrowserGlobalErrorListeners } from '@angular/core';
import { provideClientHydration${isNewest ? '' : ', withIncrementalHydration'} } from '@angular/platform-browser';
import { provideSse, withDefaults, withHttpClient, withSse } from 'rx-sse/angular';

const auth: HttpInterceptorFn = (request, next) => next(request.clone({ setHeaders: { 'x-user': 'ada' } }));

const byXhr = globalThis.location?.search === '?xhr';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideClientHydration(${isNewest ? '' : 'withIncrementalHydration()'}),
    byXhr
      ? provideHttpClient(${isNewest ? 'withXhr(), ' : ''}withInterceptors([auth]), withSse(${isNewest ? '{ backend: HttpXhrBackend }' : ''}))
      : provideHttpClient(${isNewest ? '' : 'withFetch(), '}withInterceptors([auth]), withSse()),
    provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 100 } })),
  ],
};`;

const SERVER_ROUTES = `
import { RenderMode, type ServerRoute } from '@angular/ssr';

export const serverRoutes: ServerRoute[] = [{ path: '**', renderMode: RenderMode.Server }];`;

/** The root component of the application with modules. With `?bypass`, its stream bypasses the service worker. */
const MODULES_APP = `
import { Component, DOCUMENT, inject } from '@angular/core';
import { eventSourceResource } from 'rx-sse/angular';

@Component({
  selector: 'app-root',
  standalone: false,
  template: \`
    <p id="values">{{ chat.value().join(' ') }}</p>
    <p id="connection">{{ chat.connection().status }}</p>
  \`,
})
export class App {
  private readonly search = inject(DOCUMENT).location.search;
  readonly chat = eventSourceResource(() => '/stream/modules' + (this.search === '?bypass' ? '?ngsw-bypass' : ''), {
    initial: [] as string[],
    reduce: (all, { data }) => [...all, data],
  });
}`;

const SERVICE_WORKER = {
  index: '/index.html',
  assetGroups: [{ name: 'app', installMode: 'prefetch', resources: { files: ['/index.html', '/*.js', '/*.css'] } }],
};

/** Replaces the package, with empty functions. */
const NO_STREAMS = `
import { withFetch } from '@angular/common/http';
import { signal } from '@angular/core';
import { EMPTY, identity, type Observable } from 'rxjs';

const none = (..._: unknown[]): Observable<any> => EMPTY;
export const injectEventSource = () => Object.assign((..._: unknown[]) => none(), { lifecycle: none });
interface Options {
  transfer?: unknown;
  initial: string[];
  reduce: (all: string[], event: { data: string }) => string[];
}
export const eventSourceResource = (_: unknown, { initial }: Options) => ({
  value: signal(initial),
  status: signal(''),
  connection: signal({ status: '' }),
  lastEventId: signal(''),
});
export const ofEventType = (..._: unknown[]) => identity<any>;
export const routeTo = (..._: unknown[]) => identity<any>;
export const withTransferState = (..._: unknown[]) => undefined;
export const provideSse = (..._: unknown[]) => [];
export const withHttpClient = (..._: unknown[]) => undefined;
export const withDefaults = (..._: unknown[]) => undefined;
export const withSse = (..._: unknown[]) => withFetch();
`;

/** Returns the files that replace those of the application, for a version of Angular: path and text. */
export const applicationOf = version => ({
  'src/app/app.ts': APP,
  'src/app/app.spec.ts': TEST,
  'src/app/late.ts': LATE,
  'src/app/text-store.ts': STORE,
  'src/app/app.config.ts': configOf(version === '22'),
  'src/app/app.routes.server.ts': SERVER_ROUTES,
});

/** Returns the same files without the package, to measure its weight. */
export function withoutPackage(files) {
  const { 'src/app/app.spec.ts': _test, ...others } = files;
  const texts = Object.entries(others).map(([path, text]) => [
    path,
    text.replace(/from 'rx-sse(\/angular)?'/g, "from './no-streams'"),
  ]);
  return { ...Object.fromEntries(texts), 'src/app/no-streams.ts': NO_STREAMS };
}

/** The files of the application with modules. */
export const MODULES = {
  'projects/modules/src/app/app.ts': MODULES_APP,
  'projects/modules/ngsw-config.json': JSON.stringify(SERVICE_WORKER),
};

/** The root module after the CLI and `ng add`, with a service worker. */
export const withServiceWorker = module =>
  `import { ServiceWorkerModule } from '@angular/service-worker';\n${module}`.replace(
    'imports: [',
    "imports: [ServiceWorkerModule.register('ngsw-worker.js', { registrationStrategy: 'registerImmediately' }),",
  );
