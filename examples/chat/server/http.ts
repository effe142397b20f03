import type { IncomingMessage, ServerResponse } from 'node:http';

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The handlers by path and method. `GET` also responds to `HEAD`, because Node leaves the body out. */
export type Routes = Readonly<Record<string, Readonly<Partial<Record<'GET' | 'POST', Handler>>>>>;

/** The largest body, in bytes. */
const MAX_BODY = 16 * 1024;

/** Thrown by a handler to reject a request. The reason is sent as JSON. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    reason: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(reason);
  }
}

/** Responds to a request with its route. An error becomes a status and a reason. */
export async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await findHandler(routes, request)(request, response);
  } catch (error) {
    // The client is gone, and its body with it.
    if (response.destroyed) return;
    const isRefusal = error instanceof HttpError;
    if (!isRefusal) console.error(error);
    if (response.headersSent) response.destroy();
    else if (isRefusal) sendJson(response, error.status, { error: error.message }, error.headers);
    else sendJson(response, 500, { error: 'The server failed' });
  }
}

function findHandler(routes: Routes, { url = '/', method }: IncomingMessage): Handler {
  const [path = '/'] = url.split('?');
  const route = routes[path];
  if (!route) throw new HttpError(404, `There is nothing at ${path}`);
  const handler = route[(method === 'HEAD' ? 'GET' : method) as 'GET' | 'POST'];
  if (!handler) {
    const allow = Object.keys(route).join(', ').replace('GET', 'GET, HEAD');
    throw new HttpError(405, `Expected ${allow} at ${path}, but got ${method ?? 'nothing'}`, { allow });
  }
  return handler;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

/** Returns the JSON of a request's body. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  // A form on another site can post, but not with this type: the browser would send a CORS preflight first.
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new HttpError(415, 'Expected Content-Type application/json');

  let size = 0;
  const chunks: Buffer[] = [];
  // Reads the body to the end, even if it's too large: a client that is cut off while sending doesn't see the response.
  // The excess isn't kept, and the server's `requestTimeout` limits the time.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
  }
  if (size > MAX_BODY) throw new HttpError(413, `Expected a body of at most ${MAX_BODY} bytes, but got ${size}`);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'Expected a body of JSON');
  }
}
