import {
  type HttpInterceptorFn,
  provideHttpClient,
  withFetch,
  withInterceptors,
  withInterceptorsFromDi,
} from '@angular/common/http';
import type { Provider } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { injectEventSource, provideSse, withDefaults, withHttpClient, withSse } from 'rx-sse/angular';

/** Returns the stream function of an application with these interceptors. */
export function applicationWithInterceptors(interceptors: HttpInterceptorFn[], ...providers: Provider[]) {
  TestBed.configureTestingModule({
    providers: [
      provideHttpClient(withFetch(), withInterceptors(interceptors), withInterceptorsFromDi(), withSse()),
      provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 0 } })),
      ...providers,
    ],
  });
  return TestBed.runInInjectionContext(() => injectEventSource());
}
