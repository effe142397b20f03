/**
 * @jest-environment jsdom
 */
import { describe, expect, it } from '@jest/globals';
import { fromEventSource } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';

describe('a fake server in jsdom', () => {
  it('delivers events within the call that sends them', () => {
    const server = fakeEventSource();
    const events = observe(fromEventSource('/a', { fetch: server.fetch, lastEventId: 'é' }));
    const connection = server.expectConnection({ url: '/a', lastEventId: 'é' }).open();
    connection.send({ id: 1, data: 'hi' });
    expect(events.values).toEqual([{ type: 'message', data: 'hi', lastEventId: '1' }]);
    events.subscription.unsubscribe();
    expect(connection.state).toBe('closed');
    server.verify();
  });

  it('reports a failure one task later, as in a page', async () => {
    const server = fakeEventSource();
    const events = observe(fromEventSource('/a', { fetch: server.fetch, reconnect: false }));
    server.expectConnection().refuse(404, { body: 'gone' });
    expect(events.status).toBe('live');
    expect(await events.failed()).toMatchObject({ status: 404, body: 'gone' });
    server.verify();
  });

  it('reconnects', async () => {
    const server = fakeEventSource();
    const events = observe(fromEventSource('/a', { fetch: server.fetch, reconnect: { delay: 0 } }));
    server.expectConnection().open().send({ id: 1, data: 'a' }).break();
    (await server.nextConnection({ lastEventId: '1' })).open().end();
    (await server.nextConnection({ lastEventId: '1' })).refuse(204);
    expect(events).toMatchObject({ status: 'completed', values: [{ data: 'a' }] });
    server.verify();
  });
});
