import { describe, expect, it } from '@jest/globals';
import { type Epoch, type History, idOf, reachable, resumePoint } from '../../examples/chat/server/history.js';
import { Random } from '../support/random.js';
import { numbers } from './chat-events.js';

/** Returns epochs that start anywhere, as if messages had been lost or deleted before each of them. */
function randomHistory(random: Random): History {
  const last = random.between(0, 8);
  const epochs = numbers(1, random.between(1, 6)).map((epoch): Epoch => ({ epoch, after: random.between(0, last) }));
  return { epochs, first: random.between(1, last + 1), last };
}

describe('reachable', () => {
  it('drops only epochs that don’t change the resume point of any id', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const random = new Random(seed);
    for (let round = 0; round < 2_000; round++) {
      const history = randomHistory(random);
      const ids = history.epochs.flatMap(({ epoch }) => numbers(0, 9).map(number => ({ epoch, number })));
      const answers = (from: History) => [undefined, ...ids].map(id => idOf(resumePoint(id, from)));
      const shorter = { ...history, epochs: reachable(history) };
      expect([seed, round, answers(shorter)]).toEqual([seed, round, answers(history)]);
    }
  });

  it('keeps the epochs of the stored messages and of the message before them', () => {
    const epochs = numbers(1, 9).map(epoch => ({ epoch, after: epoch - 1 }));
    expect(reachable({ epochs, first: 8, last: 9 }).map(({ epoch }) => epoch)).toEqual([7, 8, 9]);
  });

  it('drops the epochs of a room that is deleted again and again', () => {
    const epochs = numbers(1, 9).map(epoch => ({ epoch, after: 0 }));
    expect(reachable({ epochs, first: 1, last: 2 })).toEqual([{ epoch: 9, after: 0 }]);
  });
});
