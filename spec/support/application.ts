import '@angular/compiler';
import * as angularHttp from '@angular/common/http';
import { FetchBackend } from '@angular/common/http';
import * as angularCore from '@angular/core';
import * as rxSseAngular from '../../src/angular/index.js';
import { provideSse, withDefaults } from '../../src/angular/index.js';
import type { FetchLike } from '../../src/index.js';
import type { ExampleRun } from './run-examples.js';

/** The modules of an Angular application that its examples import. */
export const angularModules = { '@angular/common/http': angularHttp, 'rx-sse/angular': rxSseAngular };

/** An application whose requests reach the server. */
export function application(
  run: ExampleRun,
  providers: angularCore.ApplicationConfig['providers'] = [],
): angularCore.EnvironmentInjector {
  const { fetch } = globalThis;
  const find: FetchLike = (url, init) => fetch(run.here(url), init as RequestInit);
  globalThis.fetch = find as typeof fetch;
  const injector = angularCore.createEnvironmentInjector(
    [
      { provide: angularCore.ɵINJECTOR_SCOPE, useValue: 'root' },
      angularCore.provideZonelessChangeDetection(),
      { provide: angularCore.PLATFORM_ID, useValue: 'browser' },
      FetchBackend,
      provideSse(withDefaults({ fetch: find })),
      ...providers,
    ],
    angularCore.Injector.NULL as never,
  );
  run.after(() => {
    if (!injector.destroyed) injector.destroy();
    globalThis.fetch = fetch;
  });
  return injector;
}
