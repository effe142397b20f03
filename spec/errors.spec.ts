import { describe, expect, it } from '@jest/globals';
import {
  ConnectionError,
  ContentTypeError,
  DecodeError,
  EventSourceError,
  EventSourceTimeoutError,
  EventTooLargeError,
  ResponseStatusError,
} from '../src/index.js';
import { withoutSecrets } from '../src/errors.js';

describe('the errors', () => {
  const event = { type: 'chat', data: '{', lastEventId: '7' };
  const headers = new Headers();
  const cause = new Error('below');

  it.each<[string, boolean, EventSourceError]>([
    ['EventSourceError', false, new EventSourceError('m', { cause })],
    ['ConnectionError', true, new ConnectionError('m', { cause })],
    ['EventSourceTimeoutError', true, new EventSourceTimeoutError('m', { cause })],
    ['ContentTypeError', false, new ContentTypeError('m', { cause, contentType: null })],
    ['EventTooLargeError', false, new EventTooLargeError('m', { cause })],
    ['DecodeError', false, new DecodeError('m', { cause, event })],
    ['ResponseStatusError', true, new ResponseStatusError('m', { cause, status: 503, headers, body: '' })],
  ])('%s has its name, its cause, and its value of `retryable`', (name, retryable, error) => {
    expect(error).toBeInstanceOf(EventSourceError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, retryable, cause, message: 'm', url: undefined });
    expect(String(error)).toBe(`${name}: m`);
  });

  it('DecodeError keeps the event unchanged', () => {
    expect(new DecodeError('m', { event }).event).toBe(event);
  });

  it.each([
    [408, true],
    [425, true],
    [429, true],
    [500, true],
    [501, true],
    [599, true],
    [201, false],
    [301, false],
    [400, false],
    [401, false],
    [404, false],
    [0, false],
  ])('a status of %i is retryable: %p', (status, retryable) => {
    expect(new ResponseStatusError('m', { status, headers, body: '' }).retryable).toBe(retryable);
  });

  it.each([
    ['http://host/a?token=1#x', 'http://host/a'],
    ['https://me:secret@host:8/a@b', 'https://host:8/a@b'],
    ['//me@host/a', '//host/a'],
    ['/a?b\nc', '/a'],
    ['a/b', 'a/b'],
  ])('the URL %j is reported as %j', (url, told) => {
    expect(withoutSecrets(url)).toBe(told);
    expect(new ConnectionError('m', { url }).url).toBe(told);
  });
});
