import { fork } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A process that answers questions, by `answerQuestions`: what is measured, and what measures it, are apart. */
export class AskedProcess {
  #child;
  #ended;
  #asked = new Map();
  #next = 0;

  constructor(child, name) {
    this.#child = child;
    child.on('message', ({ to, answer, failure }) => {
      const { resolve, reject } = this.#asked.get(to);
      this.#asked.delete(to);
      if (failure) reject(new Error(`${name}: ${failure}`));
      else resolve(answer);
    });
    this.#ended = new Promise(resolve => {
      child.once('exit', (code, signal) => {
        for (const { reject } of this.#asked.values()) reject(new Error(`${name} ended with ${signal ?? code}`));
        resolve();
      });
    });
  }

  /**
   * @param {URL} url
   * @param {Record<string, unknown>} [options] What it finds as `options` of lib/answer-questions.mjs.
   * @param {string[]} [execArgv]
   */
  static start(url, options = {}, execArgv = []) {
    const path = fileURLToPath(url);
    const child = fork(path, [JSON.stringify(options)], { execArgv: ['--no-warnings', ...execArgv] });
    return new AskedProcess(child, basename(path));
  }

  /** @param {string} question @param {unknown} [about] @returns {Promise<any>} */
  ask(question, about) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#asked.set(id, { resolve, reject });
      this.#child.send({ id, question, about });
    });
  }

  /** Fulfilled once it has ended. @param {NodeJS.Signals} [signal] */
  async end(signal = 'SIGKILL') {
    this.#child.kill(signal);
    await this.#ended;
  }
}

/**
 * Starts processes, uses them, and ends them, whatever happens.
 *
 * @template T
 * @param {(start: typeof AskedProcess.start) => Promise<T>} use
 */
export async function withProcesses(use) {
  const started = [];
  try {
    return await use((...args) => {
      const process = AskedProcess.start(...args);
      started.push(process);
      return process;
    });
  } finally {
    await Promise.all(started.map(process => process.end()));
  }
}
