import { createServer } from 'node:http';
import { createChannel, createSession } from 'better-sse';
import { listen, type Serve } from '../contender.js';

/** A channel, as its guide shows it. Its documentation describes no way to keep a history. */
export const serve: Serve = async () => {
  const channel = createChannel();
  const server = createServer((request, response) => {
    void createSession(request, response).then(session => channel.register(session));
  });
  return {
    url: await listen(server),
    publish(number, padding) {
      channel.broadcast({ number, padding }, 'message', { eventId: String(number) });
      return Promise.resolve();
    },
    forget: () => Promise.resolve(),
  };
};
