import { type HttpInterceptorFn, provideHttpClient, withInterceptors } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import {
  injectEventSource,
  provideSse,
  withDefaults,
  withHttpClient,
  withSse,
  type WithSseOptions,
} from 'rx-sse/angular';

/** Returns the stream function of an application in which this interceptor is the last. */
export function applicationWithSse(last: HttpInterceptorFn, options?: WithSseOptions) {
  TestBed.configureTestingModule({
    providers: [
      provideHttpClient(withInterceptors([last]), withSse(options)),
      provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 0 } })),
    ],
  });
  return TestBed.runInInjectionContext(() => injectEventSource());
}

/** Changes nothing. */
export const passOn: HttpInterceptorFn = (request, next) => next(request);
