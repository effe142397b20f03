import { cpus } from 'node:os';

const READER = new URL('../lib/reader.mjs', import.meta.url);

/** Subscribers of the chat, in processes of their own: all of them as one. */
export class Subscribers {
  #readers;

  /** @param {typeof import('../lib/asked-process.mjs').AskedProcess.start} start @param {number} port */
  constructor(start, port) {
    // One processor is the server's.
    const count = Math.max(1, Math.min(2, cpus().length - 1));
    this.#readers = Array.from({ length: count }, () => start(READER, { port }));
  }

  /** Connects until there are so many. One process after the other: the server has a short queue for those that connect. @param {number} count */
  async open(count) {
    const { length } = this.#readers;
    for (const [i, reader] of this.#readers.entries()) {
      await reader.ask('open', Math.floor(count / length) + (i < count % length ? 1 : 0));
    }
  }

  /** Counts from now on. @param {{ checked?: boolean }} [options] With `checked` the numbers are kept, too. */
  async start(options = {}) {
    await this.#ask('start', options);
  }

  /** When each message was at its last subscriber; once all are there. @param {number} count @returns {Promise<number[]>} */
  async arrivals(count) {
    const times = await this.#ask('all', count);
    return Array.from({ length: count }, (_, i) => Math.max(...times.map(times => times[i] ?? 0)));
  }

  /** The numbers that each of them had. @returns {Promise<number[][]>} */
  async numbers() {
    return (await this.#ask('numbers')).flat();
  }

  /** CPU time of all their processes, in microseconds. */
  async used() {
    return (await this.#ask('used')).reduce((a, b) => a + b, 0);
  }

  #ask(question, about) {
    return Promise.all(this.#readers.map(reader => reader.ask(question, about)));
  }
}
