import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { SynchronousPromise } from '../../src/testing/synchronous-promise.js';

const MODULE = new URL('../../src/testing/synchronous-promise.ts', import.meta.url).href;

/** Runs code in a separate process, with `SynchronousPromise` in scope. Returns its output. */
async function runAlone(code: string): Promise<string> {
  const script = `
    import { SynchronousPromise } from ${JSON.stringify(MODULE)};
    process.on('unhandledRejection', reason => console.log('unhandled', reason));
    ${code}
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx'],
    ...['--input-type=module', '--eval', script],
  ]);
  return stdout;
}

describe('SynchronousPromise', () => {
  const settled = <T>(value: T) => {
    const promise = new SynchronousPromise<T>();
    promise.resolve(value);
    return promise;
  };

  it('calls callbacks within the call that settles it, in order', () => {
    const seen: unknown[] = [];
    const promise = new SynchronousPromise<number>();
    void promise.then(value => seen.push('first', value));
    void promise.then(value => seen.push('second', value));
    promise.resolve(1);
    promise.resolve(2);
    promise.reject(3);
    expect(seen).toEqual(['first', 1, 'second', 1]);
    void promise.then(value => seen.push('late', value));
    expect(seen.slice(4)).toEqual(['late', 1]);
  });

  it('calls a callback after the callback that is running, and not within it', () => {
    const seen: string[] = [];
    void settled('a').then(() => {
      void settled('b').then(() => seen.push('inner'));
      seen.push('outer');
    });
    expect(seen).toEqual(['outer', 'inner']);
  });

  it('continues after a callback that throws', () => {
    const seen: unknown[] = [];
    const promise = new SynchronousPromise<void>();
    promise
      .then(() => {
        throw new Error('mistaken');
      })
      .catch((error: unknown) => seen.push(error));
    void promise.then(() => seen.push('next'));
    promise.resolve();
    expect(seen).toEqual(['next', new Error('mistaken')]);
  });

  it('chains values, Promises of both kinds, and rejections', async () => {
    expect(await settled(1).then(value => settled(value + 1))).toBe(2);
    expect(await settled(1).then(value => Promise.resolve(value + 1))).toBe(2);
    expect(await settled(1).then()).toBe(1);
    const rejected = new SynchronousPromise<number>();
    rejected.reject('no');
    await expect(rejected.then(() => 1)).rejects.toBe('no');
    expect(await rejected.catch(reason => `${String(reason)}!`)).toBe('no!');
  });

  it('reports rejections that nobody handles', async () => {
    expect(
      await runAlone(`
        new SynchronousPromise().reject('alone');
        const promise = new SynchronousPromise();
        promise.then(() => { throw 'thrown'; });
        promise.resolve();
        const heard = new SynchronousPromise();
        heard.reject('heard');
        heard.catch(reason => console.log(reason));
        const twice = new SynchronousPromise();
        twice.resolve();
        twice.reject('settled already');
        const awaited = new SynchronousPromise();
        awaited.reject('awaited');
        // An await listens a microtask later.
        try { await awaited; } catch (reason) { console.log(reason); }
      `),
    ).toBe('heard\nawaited\nunhandled alone\nunhandled thrown\n');
  });
});
