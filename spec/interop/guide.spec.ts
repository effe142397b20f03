/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { firstValueFrom, Subject } from 'rxjs';
import { OrderedEventStore } from '../support/ordered-event-store.js';
import { describeExamples } from '../support/run-examples.js';
import type { Exchange } from '../support/sse-server.js';

describeExamples('docs/servers.md', {
  'What to know': async ({ execute, here, server, logged, after }) => {
    const mcp = new McpServer({ name: 'server', version: '1.0.0' }, { capabilities: { logging: {} } });
    const going = new Subject<void>();
    const calls: unknown[] = [];
    mcp.registerTool('count', {}, async ({ sendNotification, requestId }) => {
      calls.push(requestId);
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'one' } });
      await firstValueFrom(going);
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'two' } });
      return { content: [{ type: 'text', text: 'three' }] };
    });
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new OrderedEventStore(),
    });
    await mcp.connect(transport);
    after(() => mcp.close());
    /** Lets the server respond to a request. */
    const answer = async (index: number): Promise<Exchange> => {
      const exchange = await server.exchange(index);
      void transport.handleRequest(exchange.request, exchange.response);
      return exchange;
    };

    const send = (method: string, params: object) =>
      fetch(here('/mcp'), {
        method: 'POST',
        headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 0, method, params }),
      });
    const clientInfo = { name: 'client', version: '1.0.0' };
    const initialized = send('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
    await answer(0);
    const { headers, body } = await initialized;
    await body?.cancel();
    const withoutSession = send('tools/call', { name: 'count' });
    await answer(1);
    expect((await withoutSession).status).toBe(400);

    await execute('What to know', { globals: { session: headers.get('mcp-session-id') } });
    const call = await answer(2);
    await logged(2);
    call.cut();
    // Simulates a server that hasn't noticed the cut yet. mcp.spec.ts shows that a server may not.
    (await server.exchange(3)).refuse(409);
    const rest = await answer(4);
    going.next();
    const log = await logged(4);
    await server.idle();

    const methods = server.exchanges.slice(2).map(({ request }) => request.method);
    expect(methods).toEqual(['POST', 'GET', 'GET']);
    expect(rest.lastEventId).toMatch(/\/\d+$/);
    expect(calls).toEqual([1]);
    const [position, ...messages] = log;
    expect(position).toBe('');
    expect(messages.map(message => JSON.parse(message) as unknown)).toMatchObject([
      { params: { data: 'one' } },
      { params: { data: 'two' } },
      { id: 1, result: { content: [{ text: 'three' }] } },
    ]);
  },
});
