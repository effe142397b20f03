/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { expect } from '@jest/globals';
import * as eventsourceParser from 'eventsource-parser';
import * as eventsourceParserStream from 'eventsource-parser/stream';
import { describeExamples, type ExampleRun, type Scenario } from '../support/run-examples.js';
import { byteByByte, utf8 } from '../parsing/parse-chunks.js';

/** Runs the two examples under a heading on the same chunks. Both must log the same. */
const sideBySide =
  (heading: string, stream: string, expected: readonly string[]): Scenario =>
  async ({ execute, log }: ExampleRun) => {
    for (const example of [heading, `${heading} 2`]) {
      const globals = { chunks: byteByByte(utf8(stream)), body: new Response(stream).body, TextDecoderStream };
      const modules = { 'eventsource-parser': eventsourceParser, 'eventsource-parser/stream': eventsourceParserStream };
      await execute(example, { globals, modules });
      expect([example, ...log]).toEqual([example, ...expected]);
      log.length = 0;
    }
  };

describeExamples('docs/parser.md', {
  'Push chunks': async ({ execute, server, log }) => {
    const run = execute('Push chunks');
    const exchange = await server.exchange(0);
    exchange.open().send(': hi\nretry: 5\nid: 7\ndata: a\n\nid: 8\ndata: b').end();
    await run;
    expect(log).toEqual(['comment hi', 'retry 5', 'message a', 'next time from 7']);
  },

  'A TransformStream': async ({ execute, server, log }) => {
    const run = execute('A TransformStream');
    const exchange = await server.exchange(0);
    exchange.open().send('id: 7\ndata: a\n\nevent: bye\ndata: b\n\n');
    await run;
    expect(log).toEqual(['message a', 'bye b', 'next time from 7']);
    await exchange.gone();
  },

  'With RxJS': async ({ execute, log }) => {
    await execute('With RxJS');
    expect(log).toEqual(['hello', 'world']);
  },

  'Lines that mean nothing': async ({ execute, log }) => {
    await execute('Lines that mean nothing');
    expect(log).toEqual(['Ignored: evnet: joined', 'Ignored: retry: soon', 'message Ann']);
  },

  Events: sideBySide('Events', ': hi\nretry: 5\n\nevent: joined\nid: 7\ndata: é\n\nid: 8\ndata: b\ndata: c\n\n', [
    'comment hi',
    'retry 5',
    'joined é 7',
    'message b\nc 8',
  ]),

  'A stream': sideBySide('A stream', 'event: joined\ndata: a\n\ndata: b\n\n', ['joined a', 'message b']),
});
