import { recordCpu } from './profile.mjs';

/**
 * The child side of `startProcess` in turns.mjs. Tells the parent that it's ready, then answers each request with a
 * sample or a profile.
 *
 * @param {Record<string, any>} ready With `failure`, the parent sends no requests.
 * @param {(...args: any[]) => Promise<unknown>} [sample]
 * @param {(sample: (...args: any[]) => Promise<unknown>) => Promise<import('./profile.mjs').Profile>} [record]
 */
export function answerParent(ready, sample, record = recordCpu) {
  process.on('message', async question => {
    process.send({ answer: question === 'profile' ? await record(sample) : await sample() });
  });
  // The parent has exited.
  process.on('disconnect', () => process.exit());
  process.send({ ready });
}
