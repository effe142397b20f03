import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

declare global {
  /** In a page, after `tellTo`: sends an item to the server. `about` names its subject. */
  var tell: (about: string, item: unknown) => void;
}

/** Receives items from pages, as they happen. It has its own origin, so that the streams can use all connections to theirs. */
export class TellServer {
  private constructor(private readonly server: Server) {}

  static async start(told: (about: string, item: unknown) => void): Promise<TellServer> {
    const server = createServer((request, response) => {
      void text(request).then(body => {
        for (const [about, item] of JSON.parse(body) as [string, unknown][]) told(about, item);
        response.writeHead(204, { 'access-control-allow-origin': '*' }).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TellServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

/** In a page: defines `tell`. It sends one request at a time, to keep the order. */
export function tellTo(url: string): void {
  const waiting: [string, unknown][] = [];
  let busy = false;
  const send = async () => {
    busy = true;
    while (waiting.length > 0) await fetch(url, { method: 'POST', body: JSON.stringify(waiting.splice(0)) });
    busy = false;
  };
  globalThis.tell = (about, item) => {
    waiting.push([about, item]);
    if (!busy) void send();
  };
}
