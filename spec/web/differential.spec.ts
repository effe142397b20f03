import { inspect, isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { filter, lastValueFrom, mergeMap, range, take, toArray } from 'rxjs';
import {
  DIFFERENCES,
  type Difference,
  type Item,
  MAX_RETRY_TIME,
  type Transcript,
} from '../support/expected-transcript.js';
import { pageAssets, useChromium } from '../support/page.js';
import { firstSeed } from '../support/random-stream.js';
import {
  BAD_BYTES,
  BYTE_ORDER_MARK,
  CONTROL_IDS,
  FINAL,
  IDS,
  LINE_ENDS,
  randomScript,
  REDIRECTS,
  TIMES,
  TRANSIENT,
} from '../support/random-script.js';
import {
  type Answer,
  answer,
  CHARSET_TYPES,
  CLIENTS,
  type ContentType,
  OTHER_TYPES,
  type Script,
  STREAM_TYPES,
  TRAILED_TYPES,
} from '../support/script.js';
import { type Play, ScriptServer } from '../support/script-server.js';

declare global {
  /** In a page: hands what a client has to say to the play at that URL. */
  const tell: (url: string, item: Item) => void;
}

const SCRIPTS = 300;
/** More at once than Chromium has connections for: some are waiting to come back. */
const AT_ONCE = 24;
/** A timer of the browser may be early by so much, in milliseconds. */
const EARLY = 2;

const chromium = useChromium();
let server: ScriptServer;
beforeAll(async () => {
  server = await ScriptServer.start(pageAssets());
});
afterAll(() => server.close());

async function openStage(): Promise<Page> {
  const { page } = await chromium.openPage(server.origin);
  await page.exposeFunction('tell', (url: string, item: Item) => server.plays.get(url)?.tell(item));
  return page;
}

/** Has both clients play the script, at the same time. */
async function perform(page: Page, script: Script): Promise<Play[]> {
  const plays = CLIENTS.map(client => server.stage(script, client));
  const events = plays.flatMap(({ expected }) => expected.items.filter(item => typeof item === 'object'));
  const types = [...new Set(['open', 'error', 'message', ...events.map(({ type }) => type)])];
  await page.evaluate(
    ({ urls: [nativeUrl = '', url = ''], types, maxRetryTime }) => {
      const source = new EventSource(nativeUrl);
      for (const type of types) {
        source.addEventListener(type, (event: Event) => {
          if (event instanceof MessageEvent) {
            const { data, lastEventId } = event as MessageEvent<string>;
            tell(nativeUrl, { type, data, lastEventId });
          } else if (type === 'open') tell(nativeUrl, 'open');
          else if (source.readyState === EventSource.CLOSED) tell(nativeUrl, 'closed');
        });
      }

      // The waits are the server's alone, as the browser's are.
      const reconnect = { delay: 0, factor: 1, jitter: 0, serverDelay: (time: number) => time <= maxRetryTime };
      rxSse.fromEventSourceLifecycle(url, { reconnect }).subscribe({
        next: step => {
          if (step.kind === 'open') tell(url, 'open');
          if (step.kind === 'event') tell(url, step.event);
        },
        error: () => tell(url, 'closed'),
        complete: () => tell(url, 'closed'),
      });
    },
    { urls: plays.map(({ url }) => url), types, maxRetryTime: MAX_RETRY_TIME },
  );
  await Promise.all(plays.map(play => play.closed()));
  return plays;
}

const transcript = ({ requests, items }: Transcript): Transcript => ({ requests, items });
const isAsExpected = (play: Play) => isDeepStrictEqual(transcript(play), transcript(play.expected));

const differencesOf = (plays: readonly Play[]): Set<Difference> =>
  new Set(plays.flatMap(({ expected }) => [...expected.differences]));

/** Whether the two have said and done the same. */
const isSame = (plays: readonly Play[]) => new Set(plays.map(play => JSON.stringify(transcript(play)))).size === 1;

/**
 * What nothing explains: that the two differ, or, where a difference is named, that one does not do as is expected of it; that
 * one has not come to its end, or came back sooner than the server had asked.
 */
function disagreement(plays: readonly Play[]): string | undefined {
  const differences = [...differencesOf(plays)];
  const wrong = [
    ...((differences.length > 0 ? plays.every(isAsExpected) : isSame(plays)) ? [] : ['not as expected']),
    ...plays
      .filter(({ items }) => items.indexOf('closed') !== items.length - 1)
      .map(({ client }) => `${client} has no end`),
    ...plays
      .filter(({ waits, expected }) => expected.waits.some((wait, index) => (waits[index] ?? wait) < wait - EARLY))
      .map(({ client }) => `${client} came back too soon`),
  ];
  if (wrong.length === 0) return undefined;
  const shown = {
    script: plays[0]?.script.map(part => ({ ...part, body: Buffer.from(part.body).toString('latin1') })),
    differences: differences.map(name => DIFFERENCES[name]),
    ...Object.fromEntries(plays.map(play => [play.client, { ...transcript(play), waits: play.waits }])),
    expected: plays.map(({ expected }) => expected),
  };
  return `${wrong.join(', ')}: ${inspect(shown, { depth: null, breakLength: 160, maxStringLength: 2000 })}`;
}

/** The browser comes back soon from here on, and not after its 3 seconds. */
const SOON = answer('retry: 1\n\n');
const stream = (body: string, other?: Partial<Answer>): Script => [SOON, answer(body, other)];
const ofTypes = (types: readonly ContentType[]) => types.map(contentType => stream('data: a\n\n', { contentType }));
const ofStatuses = (statuses: readonly number[]) => statuses.map(status => stream('data: a\n\n', { status }));

const NAMED: [name: string, scripts: Script[], ...differences: Difference[]][] = [
  [
    'read a body in any pieces, with lines that end in LF, CR, CR LF, or in each of them in turn [pitfall 26] [pitfall 31]',
    LINE_ENDS.flatMap(ends =>
      [1, 2, Infinity].map(pieceSize => {
        const lines = [
          'event: chat',
          'data: a',
          'id: 1',
          'data',
          'data:  b',
          '',
          ': comment',
          'data:c',
          '',
          '',
          'data: d',
          '',
        ];
        return stream(lines.map((line, index) => `${line}${ends[index % ends.length]}`).join(''), { pieceSize });
      }),
    ),
  ],
  [
    'leave out one byte order mark at the very start, and no other [pitfall 30]',
    [1, Infinity].flatMap(pieceSize =>
      [
        `${BYTE_ORDER_MARK}data: a\n\n${BYTE_ORDER_MARK}data: b\n\n`,
        `${BYTE_ORDER_MARK}${BYTE_ORDER_MARK}data: a\n\ndata: b\n\n`,
        `\n${BYTE_ORDER_MARK}data: a\n\ndata: ${BYTE_ORDER_MARK}b\n\n`,
      ].map(body => stream(body, { pieceSize })),
    ),
  ],
  [
    'read what is behind a byte order mark',
    ['\n', '\r'].map(end => stream(`${BYTE_ORDER_MARK}${end}data: a\n\nevent: chat\ndata: b\n\n`)),
    'a line end right behind the byte order mark',
  ],
  [
    'put U+FFFD for each byte, or start of a character, that is no UTF-8',
    BAD_BYTES.map(bytes => {
      const bad = Buffer.from(bytes);
      const body = Buffer.concat(
        ['event: ', '\nid: ', '\ndata: ', 'x\ndata', ': x\ndata: ', ''].flatMap(text => [Buffer.from(text), bad]),
      );
      return [SOON, answer(Buffer.concat([body, Buffer.from('\n\n')]))];
    }),
  ],
  [
    'send an id of any kind as its UTF-8 bytes [pitfall 22] [pitfall 23]',
    IDS.map(id => stream(`data: a\nid: ${id}\n\ndata: b\n\n`)),
  ],
  [
    'send an id with control characters, or do not',
    CONTROL_IDS.map(id => stream(`data: a\nid: ${id}\n\ndata: b\n\n`)),
    'an id with control characters',
  ],
  [
    'keep the id of an earlier event, over reconnects too, until an empty one clears it [pitfall 24]',
    ['id', 'id:', 'id: '].map(id => [
      SOON,
      answer('id: 1\ndata: a\n\ndata: b\n\n'),
      answer('data: c\n\n'),
      answer(),
      answer(`${id}\ndata: d\n\ndata: e\n\n`),
      answer('data: f\n\n'),
    ]),
  ],
  [
    'move the position by a block without data [pitfall 24] [pitfall 29]',
    [[SOON, answer('id: 1\ndata: a\n\nid: 2\n\n'), answer('event: chat\nid: 3\n\n'), answer('data: b\n\nid\n\n')]],
  ],
  [
    'make nothing of a block that is not ended [pitfall 24] [pitfall 29]',
    (['complete', 'cut', 'reset'] as const).flatMap(ending =>
      ['', '\n', '\r'].map(tail => [
        SOON,
        answer(`id: 1\ndata: a\n\nid: 2\nevent: chat\ndata: b${tail}`, { ending }),
        answer('data: c\n\n'),
      ]),
    ),
  ],
  [
    'come back when there is no answer, or one that ends or breaks [pitfall 10]',
    (['complete', 'cut', 'reset', 'unanswered'] as const).flatMap(ending =>
      (['chunked', 'length', 'close'] as const).map(framing => [
        SOON,
        answer('id: 1\ndata: a\n\n', { ending, framing }),
        answer('', { ending, framing }),
        answer('data: b\n\n', { ending, framing }),
      ]),
    ),
  ],
  ['stop at 204', [[answer('data: a\n\n', { status: 204 })], stream('data: a\n\n', { status: 204 }), [SOON]]],
  [
    'wait as long as the last valid retry field says [pitfall 11]',
    TIMES.map(time => stream(`retry: 900\n\nretry: ${time}\ndata: a\n\n`)),
  ],
  [
    'tell events called open, error and message from all else',
    [stream('event: open\ndata: a\n\nevent: error\ndata: b\n\nevent: message\ndata: c\n\nevent\ndata: d\n\n')],
  ],
  ['take text/event-stream for a stream, in any case and with any parameters', ofTypes(STREAM_TYPES)],
  ['take no other type for a stream', ofTypes(OTHER_TYPES)],
  ['take a stream with a charset for one', ofTypes(CHARSET_TYPES), 'a charset'],
  ['take a type with something behind it for none', ofTypes(TRAILED_TYPES), 'text behind the media type'],
  [
    'go by the last of several types',
    ofTypes([
      { lines: ['text/event-stream', 'text/event-stream'], openedBy: CLIENTS },
      { lines: ['text/event-stream, text/event-stream'], openedBy: CLIENTS },
      { lines: ['text/plain, text/event-stream'], openedBy: CLIENTS },
      { lines: ['text/plain;x=",", text/event-stream'], openedBy: CLIENTS },
      { lines: ['text/event-stream', ''], openedBy: CLIENTS },
      { lines: ['text/event-stream, */*'], openedBy: CLIENTS },
      { lines: ['text/event-stream, text/plain'], openedBy: [] },
      { lines: ['text/event-stream', 'text/plain;charset=utf-8'], openedBy: [] },
    ]),
  ],
  [
    'take no character but a space or a tab for whitespace around a type',
    ofTypes(['\u00a0', '\v', '\f'].map(space => ({ lines: [`text/event-stream${space}`], openedBy: [] }))),
  ],
  ['take no status but 200 for a stream, whatever its type [pitfall 12]', ofStatuses(FINAL)],
  ['give up at a status that may pass, or do not [pitfall 13]', ofStatuses(TRANSIENT), 'a status that may pass'],
  [
    'give up where the position is refused, or start over without it [pitfall 49]',
    [409, 410, 412].map(status => [
      SOON,
      answer('id: ü€\ndata: a\n\n'),
      answer('', { status }),
      answer('id: 2\ndata: b\n\n'),
      // A second refusal is of the next position.
      answer('', { status }),
      answer('data: c\n\n'),
    ]),
    'a position that is refused',
  ],
  [
    'follow a redirect with the id that they have, and come back',
    [...REDIRECTS.map(status => [status]), REDIRECTS].map(redirects => [
      SOON,
      answer('id: ü€\ndata: a\n\n'),
      answer('data: b\n\n', { redirects }),
      answer('id: 2\ndata: c\n\n'),
      answer('', { redirects, ending: 'unanswered' }),
    ]),
    'a reconnect after a redirect',
  ],
];

describe("the browser's EventSource and rx-sse", () => {
  it.each(NAMED)('%s', async (_name, scripts, ...differences) => {
    const page = await openStage();
    for (const plays of await Promise.all(scripts.map(script => perform(page, script)))) {
      expect(disagreement(plays)).toBeUndefined();
      // What the script is about is shown, and not only that both do the same.
      expect(plays.map(transcript)).toEqual(plays.map(({ expected }) => transcript(expected)));
      expect([...differencesOf(plays)]).toEqual(differences);
    }
  });

  it(`say and do the same by ${SCRIPTS} scripts, but for what they differ in by decision`, async () => {
    const page = await openStage();
    const startedAt = performance.now();
    const played: { seed: number; plays: Play[] }[] = [];
    const stuck = range(firstSeed, SCRIPTS).pipe(
      mergeMap(async seed => {
        const plays = await perform(page, randomScript(seed));
        played.push({ seed, plays });
        return plays;
      }, AT_ONCE),
      filter(plays => plays.some(({ items }) => !items.includes('closed'))),
      take(1),
      toArray(),
    );
    await lastValueFrom(stuck);

    const wrong = played.flatMap(({ seed, plays }) => {
      const found = disagreement(plays);
      return found === undefined ? [] : [`SEED=${seed}: ${found}`];
    });
    const all = played.flatMap(({ plays }) => plays);
    const count = (of: (play: Play) => number) => all.reduce((sum, play) => sum + of(play), 0) / CLIENTS.length;
    const different = played.filter(({ plays }) => !isSame(plays));
    const explained = different.flatMap(({ plays }) => [...differencesOf(plays)]);
    const perName = Object.keys(DIFFERENCES).map(name => `${name} ${explained.filter(is => is === name).length}`);
    process.stdout.write(
      `differential, SEED=${firstSeed}: ${played.length} scripts, ` +
        `${count(({ items }) => items.filter(item => typeof item === 'object').length)} events and ` +
        `${count(({ requests }) => requests.length)} requests of each client compared, ` +
        `${played.length - different.length} scripts the same, ${different.length} different by: ${perName.join(', ')}; ` +
        `${wrong.length} disagreements, ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`,
    );
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(played).toHaveLength(SCRIPTS);
    // About 20 s where the machine has nothing else to do.
  }, 300_000);
});
