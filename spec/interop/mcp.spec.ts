import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { type EventStore, StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
  ResponseStatusError,
  type ServerSentEvent,
} from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { nameAndVersion, numberedData, numberedDataUpTo, runThroughCuts } from '../support/run-through-cuts.js';
import { SseServer } from '../support/sse-server.js';

const PROTOCOL = '2025-11-25';

/** Keeps what was sent, in order. (The SDK's example sorts by time and at random within a millisecond.) */
class OrderedEventStore implements EventStore {
  private readonly events: { streamId: string; message: JSONRPCMessage }[] = [];

  storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    return Promise.resolve(`${streamId}/${this.events.push({ streamId, message })}`);
  }

  getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return Promise.resolve(eventId.split('/')[0]);
  }

  async replayEventsAfter(
    eventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const [wanted = '', after] = eventId.split('/');
    for (const [index, { streamId, message }] of this.events.entries()) {
      if (streamId === wanted && index >= Number(after)) await send(`${streamId}/${index + 1}`, message);
    }
    return wanted;
  }
}

interface Message {
  params?: { data: string };
  result?: { content: { text: string }[] };
}
/** What a message says. An event without data only tells where to resume. */
function textOf({ data }: ServerSentEvent): string | undefined {
  const { params, result }: Message = data ? (JSON.parse(data) as Message) : {};
  return params?.data ?? result?.content[0]?.text;
}

const isConflict = (error: unknown) => error instanceof ResponseStatusError && error.status === 409;

describe('the streamable HTTP of the MCP SDK', () => {
  let mcp: McpServer;
  let server: SseServer;
  let session: Record<string, string>;
  let initialized: EventSourceLifecycle[];

  /** A request of the protocol: sent once, by POST. Its stream is resumed by GET. */
  const request = (body: object): EventSourceOptions => ({
    method: 'POST',
    headers: () => ({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...session,
    }),
    body: JSON.stringify({ jsonrpc: '2.0', id: randomUUID(), ...body }),
    prepare: ({ url, init }, { count, lastEventId }) => {
      if (lastEventId) return { url, init: { headers: init.headers } };
      // What was lost before its first id cannot be resumed, and must not be done twice.
      return count ? null : { url, init };
    },
  });
  const toolCall = (name: string) => request({ method: 'tools/call', params: { name } });

  beforeEach(async () => {
    mcp = new McpServer({ name: 'server', version: '1.0.0' }, { capabilities: { logging: {} } });
    const notification = (data: string) =>
      ({ method: 'notifications/message', params: { level: 'info', data } }) as const;
    const done = (text: string) => ({ content: [{ type: 'text' as const, text }] });
    mcp.registerTool('count', {}, async ({ sendNotification }) => {
      for (let n = 1; n < 1000; n++) {
        await turn();
        await sendNotification(notification(numberedData(n)));
      }
      return done(numberedData(1000));
    });
    mcp.registerTool('leave', {}, async ({ sendNotification, closeSSEStream }) => {
      await sendNotification(notification('before'));
      closeSSEStream?.();
      await sendNotification(notification('meanwhile'));
      return done('done');
    });

    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new OrderedEventStore(),
      retryInterval: 1500,
      keepAliveMs: 100,
    });
    await mcp.connect(transport);
    server = await SseServer.start(({ request, response }) => void transport.handleRequest(request, response));

    session = {};
    const clientInfo = { name: 'client', version: '1.0.0' };
    const params = { protocolVersion: PROTOCOL, capabilities: {}, clientInfo };
    initialized = await observe(
      fromEventSourceLifecycle(server.url, request({ method: 'initialize', params })),
    ).completed();
    const { headers } = initialized.find(ofKind('open')) ?? {};
    session = { 'mcp-session-id': headers?.get('mcp-session-id') ?? '', 'mcp-protocol-version': PROTOCOL };
  });
  afterEach(async () => {
    await server.close();
    await mcp.close();
  });

  it('answers `initialize` with a stream: an event of an id alone, the time to wait, the result, and the end', () => {
    const id = expect.stringMatching(/^[\da-f-]{36}\/\d$/) as unknown as string;
    expect(initialized.filter(({ kind }) => kind !== 'comment').slice(2)).toEqual([
      { kind: 'retry-time', milliseconds: 1500 },
      { kind: 'event', event: { type: 'message', data: '', lastEventId: id } },
      {
        kind: 'event',
        event: { type: 'message', data: expect.stringContaining(PROTOCOL) as unknown, lastEventId: id },
      },
      { kind: 'closed', reason: 'end' },
    ]);
  });

  it('loses none and doubles none of 1000 messages of a tool call through cuts, by its event store', async () => {
    const { data, cuts } = await runThroughCuts({
      server: nameAndVersion('@modelcontextprotocol/sdk'),
      url: server.url,
      options: { ...toolCall('count'), reconnect: { when: error => isConflict(error) || undefined } },
      // Past the first id, without which nothing can be resumed.
      bytes: [700, 1700],
      dataOf: textOf,
    });
    expect(data).toEqual(numberedDataUpTo(1000));
    expect(cuts).toBeGreaterThan(100);
    const methods = server.exchanges.map(({ request }) => request.method);
    expect(methods.filter(method => method === 'POST')).toHaveLength(2);
  });

  it('is asked for what it sent meanwhile where it ended the stream of a call before its result', async () => {
    const reconnect = { onEnd: true, delay: 1, serverDelay: false };
    const call = observe(fromEventSource(server.url, { ...toolCall('leave'), reconnect }));
    await call.find(event => textOf(event) === 'done');
    expect(call.values.map(textOf)).toEqual([undefined, 'before', 'meanwhile', 'done']);
    expect(server.exchanges.map(({ request }) => request.method)).toEqual(['POST', 'POST', 'GET']);
  });

  it('keeps its one standalone stream alive by comments, and gives it to another once it is unsubscribed from', async () => {
    const options: EventSourceOptions = {
      headers: session,
      reconnect: { delay: 1, when: error => isConflict(error) || undefined },
    };
    const one = observe(fromEventSourceLifecycle(server.url, options));
    expect(await one.find(ofKind('comment'))).toEqual({ kind: 'comment', text: 'keepalive' });
    const other = observe(fromEventSourceLifecycle(server.url, options));
    expect((await other.find(ofKind('waiting'))).error).toMatchObject({ status: 409 });

    one.subscription.unsubscribe();
    await other.find(ofKind('open'));
    await mcp.sendLoggingMessage({ level: 'info', data: 'hello' });
    expect(textOf((await other.find(ofKind('event'))).event)).toBe('hello');
  });

  it('ends the streams of a session that is deleted, and refuses to go on with them', async () => {
    const stream = observe(fromEventSourceLifecycle(server.url, { headers: session, reconnect: { delay: 1 } }));
    await stream.find(ofKind('open'));
    await fetch(server.url, { method: 'DELETE', headers: session });
    expect(await stream.failed()).toMatchObject({
      status: 404,
      body: expect.stringContaining('Session not found') as unknown,
    });
  });
});
