import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { Subject } from 'rxjs';
import {
  ConnectionError,
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
  ResponseStatusError,
  type ServerSentEvent,
} from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { OrderedEventStore } from '../support/ordered-event-store.js';
import { nameAndVersion, numberedData, numberedDataUpTo, runThroughCuts } from '../support/run-through-cuts.js';
import { SseServer } from '../support/sse-server.js';
import { TcpRelay } from '../support/tcp-relay.js';

const PROTOCOL = '2025-11-25';

interface Message {
  params?: { data: string };
  result?: { content: { text: string }[] };
}
/** Returns the text of a message. An event without data only marks where to resume. */
function textOf({ data }: ServerSentEvent): string | undefined {
  const { params, result }: Message = data ? (JSON.parse(data) as Message) : {};
  return params?.data ?? result?.content[0]?.text;
}

/** Returns whether an event is the response to the call. All other messages are notifications and have a method. */
const isResponse = ({ data }: ServerSentEvent) => data !== '' && !('method' in (JSON.parse(data) as object));
// The server hasn't noticed yet that the previous connection is gone.
const isConflict = (error: unknown) => error instanceof ResponseStatusError && error.status === 409;

describe('the streamable HTTP transport of the MCP SDK', () => {
  let mcp: McpServer;
  let server: SseServer;
  let session: Record<string, string>;
  let initialized: EventSourceLifecycle[];
  /** Lets the tool `wait` return. */
  let goOn: () => void;

  /** A request of the protocol. It is sent once, by POST. Its stream resumes by GET, and ends with the response. */
  const request = (body: object, url = server.url): EventSourceOptions => ({
    method: 'POST',
    headers: () => ({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...session,
    }),
    body: JSON.stringify({ jsonrpc: '2.0', id: randomUUID(), ...body }),
    resume: url,
    isLast: isResponse,
  });
  const toolCall = (name: string, url?: string) => request({ method: 'tools/call', params: { name } }, url);
  const methods = () => server.exchanges.map(({ request }) => request.method);

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

    const going = new Promise<void>(resolve => (goOn = resolve));
    mcp.registerTool('wait', {}, async ({ sendNotification }) => {
      await sendNotification(notification('before'));
      await going;
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

  it('responds to `initialize` with an event that is only an id, `retry`, and the result, which ends the stream', () => {
    const id = expect.stringMatching(/^[\da-f-]{36}\/\d$/) as unknown as string;
    expect(initialized.filter(({ kind }) => kind !== 'comment').slice(2)).toEqual([
      { kind: 'retry-time', milliseconds: 1500 },
      { kind: 'event', event: { type: 'message', data: '', lastEventId: id } },
      {
        kind: 'event',
        event: { type: 'message', data: expect.stringContaining(PROTOCOL) as unknown, lastEventId: id },
      },
      { kind: 'closed', reason: 'last' },
    ]);
  });

  it('loses and duplicates none of 1000 messages of a tool call through cuts, with its event store', async () => {
    const { data, cuts } = await runThroughCuts({
      server: nameAndVersion('@modelcontextprotocol/sdk'),
      url: server.url,
      options: url => ({ ...toolCall('count', url), reconnect: { when: error => isConflict(error) || undefined } }),
      // Cuts only after the first id, because nothing can be resumed before it.
      bytes: [700, 1700],
      dataOf: textOf,
    });
    expect(data).toEqual(numberedDataUpTo(1000));
    expect(cuts).toBeGreaterThan(100);
    expect(methods().filter(method => method === 'POST')).toHaveLength(2);
  });

  it('receives a GET for the remaining messages after it ended the stream of a call before its result', async () => {
    const reconnect = { delay: 1, serverDelay: false };
    const call = observe(fromEventSource(server.url, { ...toolCall('leave'), reconnect }));
    const events = await call.completed();
    expect(events.map(textOf)).toEqual([undefined, 'before', 'meanwhile', 'done']);
    expect(methods()).toEqual(['POST', 'POST', 'GET']);
  });

  describe('behind a relay', () => {
    let relay: TcpRelay;
    afterEach(() => relay.close());

    it('receives no second call if the connection is lost before the first id [pitfall 14]', async () => {
      relay = await TcpRelay.start(server.port, ({ toClient, relay }) =>
        toClient.after(20, () => relay.connections[0]?.make('cut')),
      );
      const reconnect = { delay: 1, when: (error: unknown) => isConflict(error) || undefined };
      const call = observe(fromEventSource(relay.url, { ...toolCall('leave', relay.url), reconnect }));
      expect(await call.failed()).toBeInstanceOf(ConnectionError);
      expect(methods()).toEqual(['POST', 'POST']);
    });

    it('refuses to resume with 409 while it holds a dead connection, and resumes when it notices', async () => {
      relay = await TcpRelay.start(server.port);
      const renew = new Subject<void>();
      const steps = observe(
        fromEventSourceLifecycle(relay.url, {
          ...toolCall('wait', relay.url),
          renew,
          reconnect: { delay: 1, serverDelay: false, when: error => isConflict(error) || undefined },
        }),
      );
      await steps.find(step => step.kind === 'event' && textOf(step.event) === 'before');
      const [dead] = relay.connections;
      dead?.make('stall');
      renew.next();
      expect((await steps.find(ofKind('waiting'))).error).toMatchObject({ status: 409 });
      goOn();
      dead?.server.destroy();
      const events = (await steps.completed()).filter(ofKind('event'));
      expect(events.map(({ event }) => textOf(event))).toEqual([undefined, 'before', 'done']);
      expect(steps.values.filter(ofKind('gap'))).toEqual([]);
      expect(methods().filter(method => method === 'POST')).toHaveLength(2);
    });
  });

  it('keeps its only standalone stream alive with comments, and accepts another after the client unsubscribes', async () => {
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

  it('ends the streams of a deleted session, and refuses to resume them', async () => {
    const stream = observe(fromEventSourceLifecycle(server.url, { headers: session, reconnect: { delay: 1 } }));
    await stream.find(ofKind('open'));
    await fetch(server.url, { method: 'DELETE', headers: session });
    expect(await stream.failed()).toMatchObject({
      status: 404,
      body: expect.stringContaining('Session not found') as unknown,
    });
  });
});
