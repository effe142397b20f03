import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chatTerminal } from '../../examples/chat/client/chat-terminal.js';
import { fileLastEventId } from '../../examples/chat/client/file-last-event-id.js';
import { observe } from '../support/observe.js';
import { ChatFixture } from './chat-fixture.js';

let chat: ChatFixture;
beforeEach(async () => {
  chat = await ChatFixture.start();
});
afterEach(() => chat.close());

describe('the terminal', () => {
  const open = () => {
    const input = new PassThrough();
    const output = new PassThrough().setEncoding('utf8');
    const positionFile = join(chat.folder, 'position');
    const steps = chat.observed(
      observe(
        chatTerminal({
          origin: chat.server.origin,
          author: 'terminal',
          position: fileLastEventId(positionFile),
          input,
          output,
        }),
      ),
    );
    return {
      input,
      output,
      steps,
      positionFile,
      message: (id: number) => steps.find(step => step.kind === 'event' && step.event.data.id === id),
      printed: () => String(output.read()).split('\n'),
    };
  };

  it('prints what happens, keeps its position in a file, and resumes from there after a restart', async () => {
    await chat.post('one');
    await chat.post('\u001b[2Jtwo');
    const first = open();
    await first.message(2);
    await contentOf(first.positionFile, await chat.idOf(2));
    first.steps.subscription.unsubscribe();
    expect(first.printed()).toEqual([
      '○ connecting',
      '● connected, from the start',
      expect.stringMatching(/^\d\d:\d\d:\d\d #1 ada one$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d #2 ada {2}\[2Jtwo$/),
      '',
    ]);

    await chat.post('three');
    const second = open();
    await second.message(3);
    await contentOf(second.positionFile, await chat.idOf(3));
    expect(second.printed()).toEqual([
      '○ connecting after #2',
      '● connected, resumed after #2',
      expect.stringMatching(/ #3 ada three$/),
      '',
    ]);
  });

  it('says that it may have missed messages while it was not running', async () => {
    await chat.post('one');
    const first = open();
    await first.message(1);
    await contentOf(first.positionFile, await chat.idOf(1));
    first.steps.subscription.unsubscribe();
    await chat.post('two');
    await chat.post('three');
    await chat.trim(1);

    const second = open();
    await second.message(3);
    await contentOf(second.positionFile, await chat.idOf(3));
    expect(second.printed()).toEqual([
      '○ connecting after #1',
      '● connected, resumed after #1',
      '▲ some messages may be missing: asked for those after #1, but resumed after #2',
      expect.stringMatching(/ #3 ada three$/),
      '',
    ]);
  });

  it('sends typed messages, and says why it can’t send one', async () => {
    const terminal = open();
    terminal.input.write(`hello\n\n${'a'.repeat(2001)}\nagain\n`);
    await terminal.message(2);
    await contentOf(terminal.positionFile, await chat.idOf(2));
    const { values } = terminal.steps;
    expect(values.flatMap(step => (step.kind === 'event' ? [step.event.data.message] : []))).toEqual([
      'hello',
      'again',
    ]);
    expect(terminal.printed()).toContain('✗ Not sent: Expected message to have 1 to 2000 characters, but it has 2001');
  });
});

/** Resolves when the file contains the text. */
async function contentOf(path: string, text: string): Promise<void> {
  let found: () => void;
  const holds = new Promise<void>(resolve => (found = resolve));
  const look = async () => {
    const content = await readFile(path, 'utf8').catch(() => undefined);
    if (content === text) found();
  };
  const watcher = watch(dirname(path), () => void look());
  await Promise.race([holds, look().then(() => holds)]);
  watcher.close();
}
