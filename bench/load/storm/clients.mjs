// Clients that stand on rx-sse: each has a stream, and goes on when it is cut.
import { fromEventSourceLifecycle } from '../../../dist/esm/index.js';
import { answerQuestions, options } from '../lib/answer-questions.mjs';

const { name, jitter } = options;
/** The default policy; without jitter, if that is said. */
const settings = jitter === undefined ? {} : { reconnect: { jitter } };
/** How long each client has waited before each attempt, in milliseconds. @type {Map<string, number[]>} */
const waits = new Map();

/** Fulfilled once the client has had an event. */
const subscribe = (origin, client) =>
  new Promise((resolve, reject) => {
    waits.set(client, []);
    fromEventSourceLifecycle(`${origin}/?client=${client}`, settings).subscribe({
      next: step => {
        if (step.kind === 'event') resolve(undefined);
        // Before that, it is asked whether it reconnects at all.
        else if (step.kind === 'waiting' && step.delay !== undefined) waits.get(client).push(step.delay);
      },
      error: reject,
    });
  });

answerQuestions({
  async subscribe({ origin, count }) {
    await Promise.all(Array.from({ length: count }, (_, i) => subscribe(origin, `${name}-${i}`)));
  },
  waits: () => [...waits],
});
