// A small Angular application on the package, of the newest kind: standalone, without zone.js, rendered on the server, hydrated.

/** Its files: path and text. */
export const APPLICATION = {
  'package.json': JSON.stringify({ private: true, type: 'module', scripts: { build: 'ng build' } }),

  'angular.json': JSON.stringify({
    version: 1,
    cli: { analytics: false, cache: { enabled: false } },
    projects: {
      application: {
        projectType: 'application',
        root: '',
        sourceRoot: 'src',
        architect: {
          build: {
            builder: '@angular/build:application',
            options: {
              browser: 'src/main.ts',
              index: 'src/index.html',
              server: 'src/main.server.ts',
              ssr: { entry: 'src/server.ts' },
              outputMode: 'server',
              outputPath: 'dist',
              tsConfig: 'tsconfig.json',
              security: { allowedHosts: ['localhost'] },
            },
          },
        },
      },
    },
  }),

  // As `ng new --strict` has it, and libraries are checked, too.
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      strict: true,
      noImplicitOverride: true,
      noPropertyAccessFromIndexSignature: true,
      noImplicitReturns: true,
      noFallthroughCasesInSwitch: true,
      isolatedModules: true,
      experimentalDecorators: true,
      importHelpers: true,
      target: 'ES2022',
      module: 'preserve',
      types: ['node'],
    },
    angularCompilerOptions: {
      strictInjectionParameters: true,
      strictInputAccessModifiers: true,
      strictTemplates: true,
    },
    files: ['src/main.ts', 'src/main.server.ts', 'src/server.ts'],
  }),

  'src/index.html': `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>rx-sse</title><base href="/"><link rel="icon" href="data:,"></head>
  <body><app-root></app-root></body>
</html>`,

  'src/app.ts': `
import { HttpClient } from '@angular/common/http';
import { Component, inject, signal } from '@angular/core';
import { eventSourceResource, injectEventSource } from 'rx-sse/angular';

@Component({
  selector: 'app-streams',
  template: \`
    <p id="events">{{ events().join(' ') }}</p>
    <p id="values">{{ chat.value().join(' ') }}</p>
    <p id="connection">{{ chat.connection().status }}</p>
    <p id="position">{{ chat.lastEventId() }}</p>
  \`,
})
export class Streams {
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

@Component({
  selector: 'app-root',
  imports: [Streams],
  template: \`
    @if (shown()) {
      <app-streams />
    }
    <button id="toggle" (click)="shown.set(!shown())">Streams</button>
    <button id="ask" (click)="ask()">Ask</button>
    <p id="answer">{{ answer() }}</p>
  \`,
})
export class App {
  private readonly http = inject(HttpClient);
  readonly shown = signal(true);
  readonly answer = signal('');

  ask(): void {
    this.http.get('/plain', { responseType: 'text' }).subscribe(answer => this.answer.set(answer));
  }
}`,

  'src/app.config.ts': `
import { type HttpInterceptorFn, HttpXhrBackend, provideHttpClient, withInterceptors, withXhr } from '@angular/common/http';
import { type ApplicationConfig, provideBrowserGlobalErrorListeners } from '@angular/core';
import { provideClientHydration } from '@angular/platform-browser';
import { provideSse, withDefaults, withHttpClient, withSse } from 'rx-sse/angular';

const auth: HttpInterceptorFn = (request, next) => next(request.clone({ setHeaders: { 'x-user': 'ada' } }));

/** Of the page at \`/?xhr\`, all requests but streams go by XMLHttpRequest. */
const byXhr = globalThis.location?.search === '?xhr';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideClientHydration(),
    byXhr
      ? provideHttpClient(withXhr(), withInterceptors([auth]), withSse({ backend: HttpXhrBackend }))
      : provideHttpClient(withInterceptors([auth]), withSse()),
    provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 100 } })),
  ],
};`,

  'src/main.ts': `
import { bootstrapApplication } from '@angular/platform-browser';
import { App } from './app';
import { appConfig } from './app.config';

bootstrapApplication(App, appConfig).catch(console.error);`,

  'src/main.server.ts': `
import { type ApplicationConfig, mergeApplicationConfig } from '@angular/core';
import { bootstrapApplication, type BootstrapContext } from '@angular/platform-browser';
import { provideServerRendering, RenderMode, withRoutes } from '@angular/ssr';
import { App } from './app';
import { appConfig } from './app.config';

const config: ApplicationConfig = mergeApplicationConfig(appConfig, {
  providers: [provideServerRendering(withRoutes([{ path: '**', renderMode: RenderMode.Server }]))],
});

export default (context: BootstrapContext) => bootstrapApplication(App, config, context);`,

  'src/server.ts': `
import { AngularNodeAppEngine, createNodeRequestHandler, writeResponseToNodeResponse } from '@angular/ssr/node';

const engine = new AngularNodeAppEngine();

export const reqHandler = createNodeRequestHandler(async (request, response, next) => {
  const page = await engine.handle(request);
  if (page) await writeResponseToNodeResponse(page, response);
  else next();
});`,
};
