// Holds streams, more and more of them, and says what they weigh. Run with --expose-gc.
import { openReader, openRxSse } from '../../end-to-end/openers.mjs';
import { answerQuestions, options } from '../lib/answer-questions.mjs';
import { cpuTime, memory, now } from '../lib/measures.mjs';

/** How many are on their way at once: a listening socket has no place for thousands. */
const AT_ONCE = 250;

const { client, origins } = options;
const open = client === 'rx-sse' ? openRxSse((await import('../../../dist/esm/index.js')).fromEventSource) : openReader;
const streams = [];

/** Fulfilled once the stream has brought something. */
function openOne() {
  return new Promise((resolve, reject) => {
    streams.push(
      open(`${origins[streams.length % origins.length]}/idle`, { event: resolve, bytes: resolve, failed: reject }),
    );
  });
}

async function openUpTo(count) {
  const openInTurn = async () => {
    while (streams.length < count) await openOne();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, openInTurn));
}

answerQuestions({
  /** Opens streams until there are so many. */
  async hold(count) {
    const before = { at: now(), cpu: cpuTime(), streams: streams.length };
    await openUpTo(count);
    const opened = streams.length - before.streams;
    const seconds = (now() - before.at) / 1000;
    return { opened, seconds, cpu: (cpuTime() - before.cpu) / opened, ...(await memory()) };
  },
});
