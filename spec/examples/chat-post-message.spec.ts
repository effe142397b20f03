import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { postMessage } from '../../examples/chat/client/post-message.js';
import { type MessageStore, StoreUnavailableError } from '../../examples/chat/server/message-store.js';
import { ChatFixture } from './chat-fixture.js';

const draft = { author: 'ada', message: 'hello' };

/** Posts to a server with this request listener. */
async function postTo(answer: RequestListener): Promise<unknown> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return await postMessage(`http://127.0.0.1:${port}`, draft);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe('postMessage', () => {
  it('says that the message isn’t sent if the server refuses it', async () => {
    const chat = await ChatFixture.start({ isAllowed: () => false });
    try {
      await expect(chat.post('hello')).rejects.toThrow(/^Not sent: You are not allowed in lobby$/);
    } finally {
      await chat.close();
    }
  });

  it('says that the message may be sent if the server responds with 503, because it may be stored', async () => {
    const chat = await ChatFixture.start({
      wrap: (store): MessageStore => ({
        page: (room, id) => store.page(room, id),
        follow: room => store.follow(room),
        trim: (room, keep) => store.trim(room, keep),
        close: () => store.close(),
        // Simulates a database that has stored the message, but hasn't responded.
        append: async (room, posted) => {
          await store.append(room, posted);
          throw new StoreUnavailableError('The messages are not available now');
        },
      }),
    });
    try {
      await expect(chat.post('hello')).rejects.toThrow(
        /^Maybe sent: The messages are not available now\. Send it again only if it doesn’t appear\.$/,
      );
      expect(await chat.held()).toEqual([1]);
    } finally {
      await chat.close();
    }
  });

  it.each<[string, RequestListener, string]>([
    ['cuts the connection', request => request.socket.destroy(), 'the server can’t be reached'],
    [
      'is a proxy that can’t reach the chat',
      (_, response) => response.writeHead(502).end('<h1>'),
      'the server answered 502',
    ],
    [
      'responds with only half of the message',
      (_, response) => response.writeHead(201).end('{'),
      'the server answered 201',
    ],
  ])('says the same if the server %s', async (_name, answer, reason) => {
    await expect(postTo(answer)).rejects.toThrow(`Maybe sent: ${reason}. Send it again only if it doesn’t appear.`);
  });
});
