import { afterEach, describe, expect, it } from '@jest/globals';
import { nextTask } from '../../src/connection/next-task.js';

describe('nextTask', () => {
  const { MessageChannel } = globalThis;
  afterEach(() => {
    globalThis.MessageChannel = MessageChannel;
  });

  it.each([
    ['by a message', MessageChannel],
    ['by a timer where there are no messages', undefined],
  ])('calls back after all microtasks, %s', async (_, channel) => {
    Object.assign(globalThis, { MessageChannel: channel });
    const log: string[] = [];
    await new Promise<void>(resolve => {
      nextTask(() => {
        log.push('task');
        resolve();
      });
      let microtasks = Promise.resolve();
      for (let count = 0; count < 100; count++) microtasks = microtasks.then(() => undefined);
      void microtasks.then(() => log.push('microtasks'));
    });
    expect(log).toEqual(['microtasks', 'task']);
  });
});
