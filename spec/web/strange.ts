import type { WebEngine } from '../support/web-engine.js';

const REDIRECT = 'follow redirects with the last event ID, and reconnect';
const RETRY = 'wait as long as the last valid retry field says';
const CHARSET = 'accept a type with another charset, or don’t';
const AFTER_MARK = 'read a line end right after a byte order mark';
const ID_ALONE = 'update the last event ID with a block without data';

/** The named scripts (without the numbers of pitfalls) in which the browser's own client differs from Chromium's, and its behavior. */
export const STRANGE: Record<WebEngine['name'], Readonly<Record<string, string>>> = {
  Chromium: {},
  Firefox: {
    [REDIRECT]: 'It reconnects to the target of the last redirect, even if that never responded.',
    [RETRY]: 'It accepts a time of 20 digits, and doesn’t reconnect.',
    [CHARSET]: 'It accepts any charset, as the standard says.',
    [AFTER_MARK]: 'The line end after the mark ends a line, as the standard says.',
    [ID_ALONE]: 'The last event ID doesn’t change.',
  },
  WebKit: {
    [REDIRECT]: 'It reconnects to the original URL, as rx-sse does.',
    [RETRY]: 'It accepts a time with leading spaces.',
    [CHARSET]: 'It accepts any charset, as the standard says.',
    [AFTER_MARK]: 'The line end after the mark ends a line, as the standard says.',
    [ID_ALONE]: 'The last event ID doesn’t change.',
    'use the last of several types': 'It refuses a stream with several types.',
    'ignore an incomplete block': 'The id of an incomplete block changes the last event ID.',
    'skip one byte order mark at the very start, and no other': 'It keeps a mark that arrives byte by byte.',
  },
};
