import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RELAY_FAULTS, type RelayedConnection, TcpRelay } from './tcp-relay.js';
import { until } from './until.js';

/** A socket, and everything that it has received. */
class End {
  readonly chunks: string[] = [];
  /** `end`, or an error code. */
  over: string | undefined;

  constructor(readonly socket: Socket) {
    socket
      .setNoDelay(true)
      .setEncoding('latin1')
      .on('data', (chunk: string) => this.chunks.push(chunk))
      .on('end', () => (this.over ??= 'end'))
      .on('error', (error: NodeJS.ErrnoException) => (this.over ??= error.code));
  }

  get text(): string {
    return this.chunks.join('');
  }
}

describe('TcpRelay', () => {
  let target: Server;
  let relay: TcpRelay;
  let sockets: Socket[];
  beforeEach(async () => {
    sockets = [];
    target = createServer({ allowHalfOpen: true }, socket => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(target, 'listening');
  });
  afterEach(async () => {
    await relay.close();
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => target.close(resolve));
  });

  const start = async (plan?: (connection: RelayedConnection) => void) => {
    relay = await TcpRelay.start((target.address() as AddressInfo).port, plan);
  };
  const dial = () => {
    const socket = connect({ port: Number(new URL(relay.origin).port), host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(socket);
    return new End(socket);
  };
  /** Opens a connection through the relay. Resolves when a byte has reached each end. */
  const open = async () => {
    const accepted = once(target, 'connection') as Promise<[Socket]>;
    const client = dial();
    const [socket] = await accepted;
    const server = new End(socket);
    const connection = await relay.connection(relay.connections.length - 1);
    client.socket.write('?');
    await until(() => server.text === '?');
    server.socket.write('!');
    await until(() => client.text === '!');
    return { client, server, connection };
  };
  const ONCE = (fault: string) => ({ ...Object.fromEntries(RELAY_FAULTS.map(kind => [kind, 0])), [fault]: 1 });

  it('forwards all bytes in order, in both directions at once, and then both ends', async () => {
    await start();
    const { client, server } = await open();
    const text = Array.from({ length: 200_000 }, (_, n) => `${n},`).join('');
    client.socket.end(text);
    server.socket.end(text);
    await until(() => client.over !== undefined && server.over !== undefined);
    expect([client.over, server.over]).toEqual(['end', 'end']);
    expect([client.text === `!${text}`, server.text === `?${text}`]).toEqual([true, true]);
    expect(Object.values(relay.faults).filter(Boolean)).toEqual([]);
  });

  it('cuts a connection after exactly the given number of bytes', async () => {
    await start(connection => connection.toClient.after(1 + 7, () => connection.make('cut')));
    const { client, server } = await open();
    server.socket.write('0123456789');
    await until(() => client.over !== undefined && server.over !== undefined);
    expect([client.text, client.over, server.over]).toEqual(['!0123456', 'end', 'end']);
    expect(relay.faults).toEqual(ONCE('cut'));
  });

  it('resets one side after all earlier bytes, and ends the other', async () => {
    await start();
    for (const [fault, ends] of [
      ['resetClient', ['ECONNRESET', 'end']],
      ['resetServer', ['end', 'ECONNRESET']],
    ] as const) {
      const { client, server, connection } = await open();
      client.socket.write('last');
      server.socket.write('last');
      await until(() => connection.toClient.bytes === 5 && connection.toServer.bytes === 5);
      connection.make(fault);
      await until(() => client.over !== undefined && server.over !== undefined);
      expect([client.over, server.over]).toEqual(ends);
      expect([client.text, server.text]).toEqual(['!last', '?last']);
    }
    expect(relay.faults).toEqual({ ...ONCE('resetClient'), resetServer: 1 });
  });

  it('ends one direction while the other continues', async () => {
    await start();
    const one = await open();
    one.connection.make('endClient');
    await until(() => one.client.over === 'end');
    one.client.socket.write('still here');
    await until(() => one.server.text === '?still here');

    const other = await open();
    other.connection.make('endServer');
    await until(() => other.server.over === 'end');
    other.server.socket.write('still here');
    await until(() => other.client.text === '!still here');
    expect([one.server.over, other.client.over]).toEqual([undefined, undefined]);
  });

  it('stalls one or both directions, and forwards the held bytes on resume', async () => {
    await start();
    for (const [fault, [toClient, toServer]] of [
      ['stall', ['!', '?']],
      ['stallClient', ['!', '?up']],
      ['stallServer', ['!down', '?']],
    ] as const) {
      const { client, server, connection } = await open();
      connection.make(fault);
      client.socket.write('up');
      server.socket.write('down');
      await until(() => connection.client.bytesRead === 3 && connection.server.bytesRead === 5);
      await until(() => client.text === toClient && server.text === toServer);
      expect([connection.toClient.bytes, connection.toServer.bytes]).toEqual([toClient.length, toServer.length]);
      connection.resume();
      await until(() => client.text === '!down' && server.text === '?up');
    }
  });

  it('hides from one end during a stall that the other has closed', async () => {
    await start();
    const { client, server, connection } = await open();
    connection.make('stall');
    server.socket.destroy();
    await until(() => connection.server.readableEnded);
    expect(client.over).toBeUndefined();
    client.socket.write('?');
    await until(() => connection.client.bytesRead === 2);
    connection.resume();
    await until(() => client.over !== undefined);

    const other = await open();
    other.connection.make('stall');
    other.client.socket.destroy();
    await other.connection.clientGone();
    expect(other.server.over).toBeUndefined();
  });

  it('throttles to one byte at a time', async () => {
    await start();
    const { client, server, connection } = await open();
    connection.make('throttle');
    const text = 'one byte after the other '.repeat(20);
    client.socket.end(text);
    server.socket.end(text);
    await until(() => client.over === 'end' && server.over === 'end');
    expect([client.text, server.text]).toEqual([`!${text}`, `?${text}`]);
    // Occasionally a slow reader receives two bytes at once.
    for (const { chunks } of [client, server]) expect(chunks.length).toBeGreaterThan(text.length / 2);
  });

  it('accepts a connection and never responds, if it stalls from the start', async () => {
    await start(connection => connection.make('stall'));
    const client = dial();
    client.socket.write('?');
    const connection = await relay.connection(0);
    await until(() => connection.client.bytesRead === 1);
    expect([connection.toServer.bytes, client.over]).toEqual([0, undefined]);
  });

  it('refuses new connections, then accepts them on the same port, while open connections continue', async () => {
    await start();
    const { client, server } = await open();
    relay.refuse();
    const refused = dial();
    await until(() => refused.over === 'ECONNREFUSED');
    server.socket.write('on');
    await until(() => client.text === '!on');
    await relay.accept();
    const again = await open();
    expect([client.over, again.client.over]).toEqual([undefined, undefined]);
  });

  it('restarts: cuts its connections, refuses new ones, and then listens on the same port', async () => {
    await start();
    const { client, server, connection } = await open();
    connection.make('restart');
    const refused = dial();
    await until(() => client.over === 'end' && server.over === 'end' && refused.over === 'ECONNREFUSED');
    await until(() => relay.listening);
    await open();
    expect(relay.faults).toEqual(ONCE('restart'));
  });
});
