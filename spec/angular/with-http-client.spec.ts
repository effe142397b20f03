/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { initTestBed } from '../support/angular.js';
import { HttpClient, provideHttpClient } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { injectEventSource, provideSse, withHttpClient, withSse } from 'rx-sse/angular';
import { observe } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';

beforeAll(initTestBed);

describe('withHttpClient', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  it('opens', async () => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(withSse()), provideSse(withHttpClient())] });
    const eventSource = TestBed.runInInjectionContext(() => injectEventSource());
    const stream = observe(eventSource(server.url));
    (await server.exchange(0)).open().send('data: a\n\n');
    expect(await stream.first(1)).toEqual([{ type: 'message', data: 'a', lastEventId: '' }]);
    expect(TestBed.inject(HttpClient)).toBeDefined();
  });
});
