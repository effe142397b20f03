import type { WebEngine } from '../support/web-engine.js';

const REDIRECT = 'follow a redirect with the id that they have, and come back';
const RETRY = 'wait as long as the last valid retry field says';
const CHARSET = 'take a stream with a charset for one';
const BEHIND_MARK = 'read what is behind a byte order mark';
const ID_ALONE = 'move the position by a block without data';

/** The named scripts (without the numbers of pitfalls) in which the browser's own client differs from Chromium's, and its behavior. */
export const STRANGE: Record<WebEngine['name'], Readonly<Record<string, string>>> = {
  Chromium: {},
  Firefox: {
    [REDIRECT]: 'It goes where the last redirect led, also if nothing answered there.',
    [RETRY]: 'It takes a time of 20 digits, and does not come back.',
    [CHARSET]: 'It reads a stream with any charset, as the standard has it.',
    [BEHIND_MARK]: 'The line end right behind it ends a line, as the standard has it.',
    [ID_ALONE]: 'The position does not move.',
  },
  WebKit: {
    [REDIRECT]: 'It asks the URL that it was given, as rx-sse does.',
    [RETRY]: 'It takes a time with spaces in front of it.',
    [CHARSET]: 'It reads a stream with any charset, as the standard has it.',
    [BEHIND_MARK]: 'The line end right behind it ends a line, as the standard has it.',
    [ID_ALONE]: 'The position does not move.',
    'go by the last of several types': 'It refuses a stream with several types.',
    'make nothing of a block that is not ended': 'The id of a block that is not ended moves the position.',
    'leave out one byte order mark at the very start, and no other': 'A mark that comes byte by byte is not left out.',
  },
};
