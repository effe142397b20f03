import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LOBBY } from '../../examples/chat/chat-message.js';
import { FileMessageStore } from '../../examples/chat/server/file-message-store.js';
import type { Page } from '../../examples/chat/server/message-store.js';
import { describeMessageStore } from './message-store-behaviour.js';

describe('FileMessageStore', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'chat-spec-'));
  });
  afterEach(() => rm(parent, { recursive: true }));

  const file = () => join(parent, 'torn', `${LOBBY}.jsonl`);

  it('reads a file whose last line is torn, and continues after the last complete line', async () => {
    const draft = { author: 'ada', message: 'ü' };
    let now = 1000;
    const open = () => FileMessageStore.open(dirname(file()), { now: () => now++ });
    const written = await open();
    const whole = [await written.append(LOBBY, draft), await written.append(LOBBY, draft)];
    await writeFile(file(), '{"id":3,"author":"ada","message":"a message that is longer than the next', { flag: 'a' });

    const store = await open();
    const textOf = (page: Page) => page.messages.map(({ message }) => message);
    expect(textOf(await store.page(LOBBY, ''))).toEqual(whole);
    whole.push(await store.append(LOBBY, draft));
    expect(await store.page(LOBBY, '1000-2')).toEqual({
      after: { epoch: 1000, number: 2 },
      messages: [{ epoch: 1001, number: 3, message: { ...draft, id: 3, at: expect.any(String) as unknown } }],
      reached: { epoch: 1001, number: 3 },
    });
    const [one, two, three] = whole;
    expect(await readFile(file(), 'utf8')).toBe(
      [{ epoch: 1000, after: 0 }, one, two, { epoch: 1001, after: 2 }, three]
        .map(line => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect(textOf(await (await open()).page(LOBBY, ''))).toEqual(whole);
  });

  it('keeps a file short', async () => {
    const history = 4;
    for (let opened = 0; opened < 30; opened++) {
      const store = await FileMessageStore.open(dirname(file()), { history });
      for (let count = 0; count < opened % 5; count++) await store.append(LOBBY, { author: 'ada', message: 'text' });
      const lines = (await readFile(file(), 'utf8').catch(() => '')).split('\n').length - 1;
      expect(lines).toBeLessThanOrEqual(2 * history + 1);
    }
  });

  it('has increasing epochs, even if the clock is set back', async () => {
    const epochs: number[] = [];
    for (const now of [1000, 10, 10, 5000]) {
      const store = await FileMessageStore.open(dirname(file()), { now: () => now });
      await store.append(LOBBY, { author: 'ada', message: 'text' });
      epochs.push((await store.page(LOBBY, '')).reached.epoch);
    }
    expect(epochs).toEqual([1000, 1001, 1002, 5000]);
  });

  it('is for one process: it refuses the folder of a running process, and takes over that of a dead one', async () => {
    const folder = dirname(file());
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'lock'), String(process.ppid));
    await expect(FileMessageStore.open(folder)).rejects.toThrow(`process ${process.ppid} uses it`);
    await writeFile(join(folder, 'lock'), '999999999');
    const store = await FileMessageStore.open(folder);
    expect(await readFile(join(folder, 'lock'), 'utf8')).toBe(String(process.pid));
    await store.close();
    await expect(readFile(join(folder, 'lock'))).rejects.toThrow('ENOENT');
  });

  it('opens at most 1000 rooms', async () => {
    const store = await FileMessageStore.open(dirname(file()));
    for (let room = 0; room < 1000; room++) await store.page(`room-${room}`, '');
    await expect(store.page('one-more', '')).rejects.toThrow('There are too many rooms');
  });

  it('fails with the error in a broken file, and works after the file is repaired', async () => {
    const store = await FileMessageStore.open(dirname(file()));
    await mkdir(dirname(file()), { recursive: true });
    await writeFile(join(dirname(file()), 'broken.jsonl'), '{\n');
    await expect(store.page('broken', '')).rejects.toThrow(
      `Expected JSON at ${join(dirname(file()), 'broken.jsonl')}:1`,
    );
    await rm(join(dirname(file()), 'broken.jsonl'));
    expect((await store.page('broken', '')).messages).toEqual([]);
  });

  describe('like any store', () => {
    describeMessageStore(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'chat-spec-'));
      const path = join(folder, `${LOBBY}.jsonl`);
      // The time increases each time it is opened.
      let now = 1000;
      return {
        open: history => FileMessageStore.open(folder, { history, now: () => now++ }),
        restart: () => Promise.resolve(),
        mark: async () => {
          const content = await readFile(path).catch(() => Buffer.alloc(0));
          return () => writeFile(path, content);
        },
        close: () => rm(folder, { recursive: true }),
      };
    });
  });
});
