import { initTestBed } from '../support/angular.js';
import type { HttpInterceptorFn } from '@angular/common/http';
import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { SseOptions } from 'rx-sse/angular';
import { observe } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { applicationWithInterceptors } from './application-with-interceptors.js';

/** The server of the current test. */
export let server: SseServer;

/** Sets up Angular, and a server for each test. */
export function useInterceptors(): void {
  beforeAll(initTestBed);
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());
}

/** Observes the lifecycle of a stream from that server, in an application with these interceptors. */
export const connect = (interceptors: HttpInterceptorFn[], options?: SseOptions) =>
  observe(applicationWithInterceptors(interceptors).lifecycle(server.url, options));
