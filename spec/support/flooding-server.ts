/* A server in its own process that writes as fast as possible. `startFloodingServer` starts it. */
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { EVENT, EVENTS, type Flow } from './start-flooding-server.js';

class Flood {
  private written = 0;
  private open = true;
  private left = EVENTS;

  constructor(
    private readonly response: ServerResponse,
    private readonly socket: Socket,
  ) {
    response.on('close', () => (this.open = false));
    // Without HTTP's chunked encoding, the client reads everything that its socket has: chunks are as large as
    // possible.
    response.removeHeader('transfer-encoding');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.write();
  }

  get flow(): Flow {
    const { written, open, socket } = this;
    return { written, open, inKernel: open ? bytesInKernel(socket) : 0 };
  }

  /**
   * Makes one write at a time. The callback runs when the kernel has all of it, so data that waits in this process
   * doesn't count as written.
   */
  private write(): void {
    if (this.left-- === 0) this.response.end();
    else {
      this.response.write(EVENT, error => {
        if (error) return;
        this.written += EVENT.length;
        this.write();
      });
    }
  }
}

/**
 * Returns the number of bytes that were written to a loopback connection and not read: sent and not acknowledged, or
 * received and not read.
 */
function bytesInKernel({ localPort = 0, remotePort = 0 }: Socket): number {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const [server, client] = [hex(localPort), hex(remotePort)];
  const connections = readFileSync('/proc/net/tcp', 'latin1');
  const queue = (from: string, to: string, which: 'send' | 'receive') => {
    const [, send = '', receive = ''] =
      new RegExp(`^ *\\d+: \\w+:${from} \\w+:${to} \\w+ (\\w+):(\\w+)`, 'm').exec(connections) ?? [];
    return parseInt(which === 'send' ? send : receive, 16);
  };
  return queue(server, client, 'send') + queue(client, server, 'receive');
}

const floods = new Map<string, Flood>();
const NOT_YET: Flow = { written: 0, open: true, inKernel: 0 };

const server = createServer((request, response) => {
  const [, what, name = ''] = (request.url ?? '').split('/');
  if (what === 'flood') floods.set(name, new Flood(response, request.socket));
  else response.end(JSON.stringify(floods.get(name)?.flow ?? NOT_YET));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
