import { afterEach, describe, expect, it, jest } from '@jest/globals';

describe('nextTask', () => {
  const { MessageChannel, setImmediate } = globalThis;
  afterEach(() => {
    Object.assign(globalThis, { MessageChannel, setImmediate });
    jest.useRealTimers();
    jest.resetModules();
  });

  const where = (platform: object) => {
    Object.assign(globalThis, platform);
    jest.resetModules();
    return import('../../src/connection/next-task.js');
  };

  it.each([
    ['Node', {}],
    ['a page', { setImmediate: undefined }],
    ['an engine that has only timers', { setImmediate: undefined, MessageChannel: undefined }],
  ])('calls back after all microtasks, in %s', async (_, platform) => {
    const { nextTask } = await where(platform);
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

  it.each([
    ['Node', {}],
    ['an engine that has only timers', { setImmediate: undefined, MessageChannel: undefined }],
  ])('calls back while a test uses fake timers, in %s', async (_, platform) => {
    const { nextTask } = await where(platform);
    jest.useFakeTimers();
    const called = new Promise<string>(resolve => nextTask(() => resolve('called')));
    await expect(called).resolves.toBe('called');
  });
});
