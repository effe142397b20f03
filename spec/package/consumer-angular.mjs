// Checks the installed package in an Angular application, as far as Node can without a page: streams, with HttpClient and
// without it, that end with their injector.
import '@angular/compiler';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { provideHttpClient, withFetch, withInterceptors } from '@angular/common/http';
import {
  ApplicationRef,
  createEnvironmentInjector,
  DOCUMENT,
  effect,
  PLATFORM_ID,
  provideZonelessChangeDetection,
  runInInjectionContext,
  VERSION,
  ɵINJECTOR_SCOPE as INJECTOR_SCOPE,
} from '@angular/core';
import {
  eventSourceResource,
  injectEventSource,
  provideSse,
  withDefaults,
  withHttpClient,
  withSse,
} from 'rx-sse/angular';
import * as door from 'rx-sse/angular';

// A stream that doesn't end would keep the process alive.
setTimeout(() => assert.fail('Expected each stream to end'), 20_000).unref();

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`id: 1\ndata: ${request.headers['x-room']}\n\n`);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/`;

const room = (request, next) => next(request.clone({ setHeaders: { 'x-room': 'cellar' } }));
const application = createEnvironmentInjector(
  [
    { provide: INJECTOR_SCOPE, useValue: 'root' },
    { provide: PLATFORM_ID, useValue: 'browser' },
    { provide: DOCUMENT, useValue: { cookie: '', location: { href: url } } },
    provideZonelessChangeDetection(),
    provideHttpClient(withFetch(), withInterceptors([room]), withSse()),
    provideSse(withDefaults({ headers: { 'x-room': 'lobby' }, reconnect: false })),
  ],
  null,
);

/** Subscribes, destroys the injector at the first event, and returns the events until the stream completes. */
async function first(injector) {
  const events = [];
  const eventSource = runInInjectionContext(injector, injectEventSource);
  await new Promise((complete, error) => {
    const next = event => {
      events.push(event);
      injector.destroy();
    };
    eventSource(url).subscribe({ next, error, complete });
  });
  return events;
}
assert.deepEqual(await first(createEnvironmentInjector([], application)), [
  { type: 'message', data: 'lobby', lastEventId: '1' },
]);
const byHttpClient = [provideSse(withHttpClient())];
assert.deepEqual(await first(createEnvironmentInjector(byHttpClient, application)), [
  { type: 'message', data: 'cellar', lastEventId: '1' },
]);

const injector = createEnvironmentInjector(byHttpClient, application);
const texts = await new Promise((resolve, reject) => {
  const resource = eventSourceResource(() => url, {
    initial: [],
    reduce: (all, { data }) => {
      queueMicrotask(() => resolve(resource.value()));
      return [...all, data];
    },
    injector,
  });
  runInInjectionContext(injector, () => effect(() => resource.error() && reject(resource.error())));
});
assert.deepEqual(texts, ['cellar']);
await application.get(ApplicationRef).whenStable();
injector.destroy();

// The server closes only when no connection is left.
server.close();
await once(server, 'close');
console.log(JSON.stringify({ names: Object.keys(door).sort(), version: VERSION.full }));
