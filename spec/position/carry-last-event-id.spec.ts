import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  lastEventIdHeader,
  lastEventIdOf,
  sendableLastEventId,
  sentLastEventId,
  withLastEventIdParam,
} from '../../src/position/carry-last-event-id.js';
import { firstSeed } from '../support/random-stream.js';
import { SseServer } from '../support/sse-server.js';

describe('lastEventIdHeader', () => {
  it('returns the UTF-8 bytes, one character each', () => {
    expect(lastEventIdHeader('a')).toBe('a');
    expect(lastEventIdHeader('ü€')).toBe('\xc3\xbc\xe2\x82\xac');
  });
});

describe('sendableLastEventId', () => {
  it('returns the id, or an empty one if a header cannot carry its control characters', () => {
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
  ])('changes %s to %s', (url, expected) => {
    expect(withLastEventIdParam(url, 'from', '5')).toBe(expected);
  });

  it('encodes any name and any id', () => {
    const id = 'ü&=#?\n\0\ud800';
    const url = new URL(withLastEventIdParam('http://host/s', 'last id', id));
    expect(url.searchParams.get('last id')).toBe('ü&=#?\n\0\ufffd');
  });
});

describe('lastEventIdOf', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['50%', '50%'],
    ['%41', '%41'],
    ['\xc3\xbc\xe2\x82\xac', 'ü€'],
    ['\xef\xbb\xbf1', '\ufeff1'],
    // Latin-1, cut off, overlong, half of a surrogate pair: these aren't UTF-8.
    ['\xfc', '\xfc'],
    ['\xc3\xbc\xe2\x82', '\xc3\xbc\xe2\x82'],
    ['\xc0\xaf', '\xc0\xaf'],
    ['\xed\xa0\x80', '\xed\xa0\x80'],
    // These aren't bytes.
    ['€\xc3\xbc', '€\xc3\xbc'],
  ])('reads %j as %j', (value, id) => {
    expect(lastEventIdOf(value)).toBe(id);
  });

  it('reverses lastEventIdHeader', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), id => {
        expect(lastEventIdOf(lastEventIdHeader(id))).toBe(id);
      }),
      { seed: firstSeed },
    );
  });
});

describe('sentLastEventId', () => {
  it.each([
    ['http://host/s?from=5', '5'],
    ['/s?a=1&from=5#part', '5'],
    ['s?from=5', '5'],
    ['?from=5', '5'],
    ['//host/s?from=5', '5'],
    ['/s#?from=5', ''],
    ['/s?from=a+b', 'a b'],
    ['/s?from=a%20b', 'a b'],
    ['/s?from=a%2Bb', 'a+b'],
    ['/s?fro%6d=%C3%BC', 'ü'],
    ['/s?from=ü', 'ü'],
    ['/s?from=5&from=6', '5'],
    ['/s?from', ''],
    ['/s?from=', ''],
    ['/s?fromage=5', ''],
    ['/s', ''],
    ['', ''],
    ['/s?from=a?b', 'a?b'],
    // A tab within a URL and spaces around it aren't sent (URL standard, "basic URL parser").
    [' /s?from=a\tb ', 'ab'],
  ])('reads the parameter of %j as %j', (url, id) => {
    expect(sentLastEventId(url, { 'last-event-id': 'other' }, 'from')).toBe(id);
  });

  it.each([
    [undefined, ''],
    ['', ''],
    [' \t\r\n', ''],
    ['5', '5'],
    [' \t5 \t6\r\n ', '5 \t6'],
    ['\xa0\xc3\xa0', '\xa0\xc3\xa0'],
    ['\xc3\xa0', 'à'],
  ])('reads the header %j as %j', (value, id) => {
    const headers: Record<string, string> = value === undefined ? {} : { 'last-event-id': value };
    expect(sentLastEventId('/s?from=5', headers, undefined)).toBe(id);
  });

  it('stays fast for a header that is mostly spaces', () => {
    const spaces = ' '.repeat(1_000_000);
    expect(sentLastEventId('/', { 'last-event-id': `${spaces}a${spaces}b${spaces}` }, undefined)).toBe(`a${spaces}b`);
  });

  describe('returns the id that a server receives', () => {
    let server: SseServer;
    beforeAll(async () => {
      server = await SseServer.start(exchange => exchange.refuse(204));
    });
    afterAll(() => server.close());

    const received = async (url: string, headers: Record<string, string>) => {
      const index = server.exchanges.length;
      await fetch(url, { headers });
      return server.exchange(index);
    };
    const ids = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({
        unit: fc.constantFrom(' ', '\t', 'a', '%', '+', '&', '#', 'à', '\xa0', '€', '\ud800', '\ufeff', '\u3000'),
      }),
    );

    it('in the header', async () => {
      await fc.assert(
        fc.asyncProperty(ids, async given => {
          const id = sendableLastEventId(given, undefined);
          const headers = { 'last-event-id': lastEventIdHeader(id) };
          const { lastEventId = '' } = await received(server.url, headers);
          expect(sentLastEventId(server.url, headers, undefined)).toBe(lastEventId);
        }),
        { seed: firstSeed, numRuns: 200 },
      );
    });

    it('in the query parameter', async () => {
      const queries = fc.constantFrom('', '?', '?a=b', '?from=4&a', '#part', '?a=b#from=3');
      await fc.assert(
        fc.asyncProperty(ids, queries, async (given, query) => {
          const id = sendableLastEventId(given, 'from');
          const url = withLastEventIdParam(server.url + query, 'from', id);
          const { request } = await received(url, {});
          expect(sentLastEventId(url, {}, 'from')).toBe(
            new URL(request.url ?? '', server.origin).searchParams.get('from'),
          );
        }),
        { seed: firstSeed, numRuns: 200 },
      );
    });
  });
});
