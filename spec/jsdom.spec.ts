/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromEventSource, ResponseStatusError } from '../src/index.js';
import { observe, unobserve } from './support/observe.js';
import { SseServer } from './support/sse-server.js';

describe('jsdom with the globals of Node', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => {
    unobserve();
    return server.close();
  });

  // The page has another origin.
  const cors = { 'access-control-allow-origin': '*' };

  it('resumes a stream, and closes its connection when it is unsubscribed', async () => {
    expect(document.visibilityState).toBe('visible');
    const stream = observe(fromEventSource(server.url, { reconnect: { delay: 0 } }));
    const first = (await server.exchange(0)).open(cors).send('id: 7\ndata: ä\n\n');
    await stream.first(1);
    first.cut();
    const second = (await server.exchange(1)).open(cors).send('data: b\n\n');
    expect(second.lastEventId).toBe('7');
    expect(await stream.first(2)).toMatchObject([{ data: 'ä' }, { data: 'b' }]);
    stream.subscription.unsubscribe();
    await second.gone();
  });

  it('reports a refusal as an error with its text', async () => {
    const stream = observe(fromEventSource(server.url));
    (await server.exchange(0)).refuse(403, cors, 'members only');
    const error = await stream.failed();
    expect(error).toBeInstanceOf(ResponseStatusError);
    expect(error).toMatchObject({ status: 403, body: 'members only' });
  });

  it('is set up as the troubleshooting page shows', () => {
    const page = readFileSync('docs/troubleshooting.md', 'utf8');
    expect(page).toContain(readFileSync('spec/support/jsdom-with-fetch.js', 'utf8'));
  });
});
