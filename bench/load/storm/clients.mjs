// Clients that use rx-sse. Each has a stream, and reconnects if it’s cut.
import { fromEventSourceLifecycle } from '../../../dist/esm/index.js';
import { answerQuestions, options } from '../lib/answer-questions.mjs';

const { name, jitter } = options;
/** The default policy, or another `jitter` if it’s given. */
const settings = jitter === undefined ? {} : { reconnect: { jitter } };
/** The wait of each client before each attempt, in milliseconds. @type {Map<string, number[]>} */
const waits = new Map();

/** Resolves when the client has received an event. */
const subscribe = (origin, client) =>
  new Promise((resolve, reject) => {
    waits.set(client, []);
    fromEventSourceLifecycle(`${origin}/?client=${client}`, settings).subscribe({
      next: step => {
        if (step.kind === 'event') resolve(undefined);
        // An earlier step has no delay yet: it asks whether the client reconnects.
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
