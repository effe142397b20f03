// What an Angular application does with the installed package, as far as Node can: a stream that ends with its injector.
import '@angular/compiler';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createEnvironmentInjector, NgZone, PLATFORM_ID, runInInjectionContext, VERSION } from '@angular/core';
import { injectEventSource, provideSse, withDefaults } from 'rx-sse/angular';
import * as door from 'rx-sse/angular';

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`id: 1\ndata: ${request.headers['x-room']}\n\n`);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const injector = createEnvironmentInjector(
  [
    { provide: PLATFORM_ID, useValue: 'browser' },
    { provide: NgZone, useValue: { run: run => run(), runOutsideAngular: run => run() } },
    provideSse(withDefaults({ headers: { 'x-room': 'lobby' } })),
  ],
  null,
);
const events = [];
const eventSource = runInInjectionContext(injector, injectEventSource);
await new Promise((complete, error) => {
  const next = event => {
    events.push(event);
    injector.destroy();
  };
  eventSource(`http://127.0.0.1:${server.address().port}/`).subscribe({ next, error, complete });
});
assert.deepEqual(events, [{ type: 'message', data: 'lobby', lastEventId: '1' }]);
// It closes only when no connection is left.
server.close();
await once(server, 'close');
console.log(JSON.stringify({ names: Object.keys(door).sort(), version: VERSION.full }));
