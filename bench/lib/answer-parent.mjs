import { recordCpu } from './profile.mjs';

/**
 * The side of a process that `startProcess` of turns.mjs started: it says that it is ready, then answers with a sample, or with a
 * profile of some, whenever it is asked to.
 *
 * @param {Record<string, any>} ready With `failure` it will not be asked.
 * @param {(...args: any[]) => Promise<unknown>} [sample]
 * @param {(sample: (...args: any[]) => Promise<unknown>) => Promise<import('./profile.mjs').Profile>} [record]
 */
export function answerParent(ready, sample, record = recordCpu) {
  process.on('message', async question => {
    process.send({ answer: question === 'profile' ? await record(sample) : await sample() });
  });
  // The parent is gone.
  process.on('disconnect', () => process.exit());
  process.send({ ready });
}
