/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { initTestBed } from '../support/angular.js';
import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { createEnvironmentInjector, EnvironmentInjector, Injector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectionError, ResponseStatusError } from 'rx-sse';
import { injectEventSource, provideSse, type SseOptions, withDefaults, withHttpClient } from 'rx-sse/angular';
import { observe, ofKind } from '../support/observe.js';
import { injectStreams } from './inject-streams.js';

beforeAll(initTestBed);

describe('provideHttpClientTesting', () => {
  const connect = (options: SseOptions = {}) => {
    const eventSource = injectStreams(
      provideHttpClient(),
      provideHttpClientTesting(),
      provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 0 } })),
    );
    return observe(eventSource.lifecycle('/stream', options));
  };
  const http = () => TestBed.inject(HttpTestingController);
  afterEach(() => http().verify({ ignoreCancelled: true }));
  /** Returns the request of this attempt, counted from 1. */
  const request = async (stream: ReturnType<typeof connect>, attempt: number) => {
    let attempts = 0;
    await stream.find(({ kind }) => kind === 'connecting' && ++attempts === attempt);
    return http().expectOne('/stream');
  };

  it('responds with the text of a stream that ends, and the reconnect is another request, which resumes', async () => {
    const stream = connect();
    const first = http().expectOne({ method: 'GET', url: '/stream' });
    expect(first.request.headers.get('accept')).toBe('text/event-stream');
    expect(first.request.headers.has('last-event-id')).toBe(false);
    first.flush('id: 1\ndata: a\n\n: note\ndata: b\n\nid: 3\ndata: cut off');
    await stream.find(ofKind('waiting'));
    expect(stream.values.map(({ kind }) => kind)).toEqual([
      'connecting',
      'open',
      'event',
      'comment',
      'event',
      'waiting',
    ]);
    expect(stream.values.filter(ofKind('event')).map(({ event }) => event)).toEqual([
      { type: 'message', data: 'a', lastEventId: '1' },
      { type: 'message', data: 'b', lastEventId: '1' },
    ]);

    const second = await request(stream, 2);
    expect(second.request.headers.get('last-event-id')).toBe('1');
    second.flush(null);
    expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
  });

  it('responds with headers of the test', async () => {
    const stream = connect();
    http()
      .expectOne('/stream')
      .flush('data: a\n\n', { headers: { 'Content-Type': 'text/html', 'x-a': ['1', '2'] } });
    expect(await stream.failed()).toMatchObject({ name: 'ContentTypeError', contentType: 'text/html', url: '/stream' });
  });

  it('refuses a stream, which follows the default reconnect rule', async () => {
    const stream = connect();
    http()
      .expectOne('/stream')
      .flush('later', { status: 503, statusText: 'Unavailable', headers: { 'Retry-After': '0', 'x-a': ['1', '2'] } });
    const { error } = await stream.find(ofKind('waiting'));
    expect(error).toBeInstanceOf(ResponseStatusError);
    expect(error).toMatchObject({ status: 503, body: 'later', retryAfter: 0, url: '/stream' });
    expect((error as ResponseStatusError).headers.get('X-A')).toBe('1, 2');
    const second = await request(stream, 2);
    second.flush({ code: 7 }, { status: 403, statusText: 'Forbidden' });
    expect(await stream.failed()).toMatchObject({ status: 403, body: '{"code":7}' });
  });

  it('fails a connection, which leads to a reconnect', async () => {
    const stream = connect();
    const failure = new ProgressEvent('error');
    http().expectOne('/stream').error(failure);
    const { error } = await stream.find(ofKind('waiting'));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ cause: { name: 'HttpErrorResponse', status: 0, error: failure } });
    expect((await request(stream, 2)).cancelled).toBe(false);
  });

  it('sees a request cancelled by unsubscribing and by the end of the injector', () => {
    const stream = connect();
    const first = http().expectOne('/stream');
    expect(first.cancelled).toBe(false);
    stream.subscription.unsubscribe();
    expect(first.cancelled).toBe(true);

    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    observe(injectEventSource({ injector: injector.get(Injector) })('/other'));
    const other = http().expectOne('/other');
    injector.destroy();
    expect(other.cancelled).toBe(true);
  });

  it('sees the body of a POST', async () => {
    const stream = connect({ method: 'POST', body: 'question' });
    const post = http().expectOne({ method: 'POST', url: '/stream' });
    expect(post.request.body).toBe('question');
    post.flush('data: answer\n\n');
    expect((await stream.completed()).map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event', 'closed']);
  });
});
