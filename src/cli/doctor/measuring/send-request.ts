import { request as requestHttp1 } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Readable } from 'node:stream';
import type { AnswerFacts, HeaderFacts } from '../facts.js';
import type { Connection } from './open-connection.js';
import { type Bounds, within } from './within.js';

/** A request as it's sent. */
export interface WireRequest {
  readonly url: URL;
  readonly method: string;
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The response to a request. */
export interface Answer {
  readonly facts: AnswerFacts;
  readonly body: Readable;
  /** Closes the connection. */
  close(): void;
}

/** Headers of a connection, which HTTP/2 doesn't allow (RFC 9113 § 8.2.2). */
const CONNECTION_HEADERS = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding', 'upgrade', 'te']);

/** Sends a request on a connection and waits for the headers. If none come, closes the connection and rejects. */
export async function sendRequest(connection: Connection, request: WireRequest, bounds: Bounds): Promise<Answer> {
  const { socket } = connection;
  if (!socket) throw new Error('Expected a connection');
  try {
    return await (connection.isHttp2 ? sendHttp2 : sendHttp1)(connection, request, bounds);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function sendHttp1({ socket }: Connection, { url, method, headers, body }: WireRequest, bounds: Bounds) {
  const since = performance.now();
  return within<Answer>(bounds, (resolve, reject) => {
    const request = requestHttp1({
      createConnection: () => socket,
      method,
      path: `${url.pathname}${url.search}`,
      // Without an agent, Node asks the server to close the connection. Browsers keep it.
      headers: { host: url.host, connection: 'keep-alive', ...headers },
    });
    request.on('error', reject).on('response', response => {
      const httpVersion = response.httpVersion === '1.0' ? '1.0' : '1.1';
      const facts = { status: response.statusCode ?? 0, headers: headerFacts(response.headers) };
      resolve({
        facts: { ...facts, httpVersion, ms: performance.now() - since },
        body: response,
        close: () => {
          response.on('error', () => undefined);
          request.destroy();
          socket?.destroy();
        },
      });
    });
    request.end(body);
  });
}

function sendHttp2({ socket }: Connection, { url, method, headers, body }: WireRequest, bounds: Bounds) {
  const since = performance.now();
  return within<Answer>(bounds, (resolve, reject) => {
    const own = Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name));
    const session = connectHttp2(url.origin, { ...(socket && { createConnection: () => socket }) });
    session.on('error', reject);
    const stream = session.request(
      {
        ...Object.fromEntries(own),
        ':method': method,
        ':path': `${url.pathname}${url.search}`,
        ':authority': headers['host'] ?? url.host,
      },
      { endStream: body === undefined },
    );
    stream
      .on('error', reject)
      .on('close', () => reject(new Error('The server closed the connection without a response.')))
      .on('response', ({ ':status': status = 0, ...received }) => {
        resolve({
          facts: { status, headers: headerFacts(received), httpVersion: '2', ms: performance.now() - since },
          body: stream,
          close: () => {
            stream.destroy();
            session.destroy();
            socket?.destroy();
          },
        });
      });
    if (body !== undefined) stream.end(body);
  });
}

/** Leaves out cookies, which are secret. */
const headerFacts = (headers: Readonly<Record<string, string | string[] | undefined>>): HeaderFacts =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === 'set-cookie' ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
