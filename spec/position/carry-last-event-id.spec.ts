import { describe, expect, it } from '@jest/globals';
import {
  lastEventIdHeader,
  sendableLastEventId,
  withLastEventIdParam,
} from '../../src/position/carry-last-event-id.js';

describe('lastEventIdHeader', () => {
  it('is the UTF-8 bytes, one character each', () => {
    expect(lastEventIdHeader('a')).toBe('a');
    expect(lastEventIdHeader('ü€')).toBe('\xc3\xbc\xe2\x82\xac');
  });
});

describe('sendableLastEventId', () => {
  it('is the id, but for control characters in a header', () => {
    expect(sendableLastEventId('a\tb ü', undefined)).toBe('a\tb ü');
    for (const id of ['\0', 'a\x01', '\x1f', '\x7f', 'a\nb']) {
      expect(sendableLastEventId(id, undefined)).toBe('');
      expect(sendableLastEventId(id, 'from')).toBe(id);
    }
  });
});

describe('withLastEventIdParam', () => {
  it.each([
    ['/s', '/s?from=5'],
    ['/s?', '/s?from=5'],
    ['/s?a=b%20c&&d', '/s?a=b%20c&d&from=5'],
    ['/s#part', '/s?from=5#part'],
    ['/s?a=1#part?x', '/s?a=1&from=5#part?x'],
    ['/s?from=4&a=1&from=3', '/s?a=1&from=5'],
    ['/s?fro%6d=4', '/s?from=5'],
    ['/s?fromage=4', '/s?fromage=4&from=5'],
    ['https://user@host:8/s', 'https://user@host:8/s?from=5'],
  ])('makes %s into %s', (url, expected) => {
    expect(withLastEventIdParam(url, 'from', '5')).toBe(expected);
  });

  it('encodes any name and any id', () => {
    const id = 'ü&=#?\n\0\ud800';
    const url = new URL(withLastEventIdParam('http://host/s', 'last id', id));
    expect(url.searchParams.get('last id')).toBe('ü&=#?\n\0\ufffd');
  });
});
