import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { DnsFacts, ReachFacts, TcpFacts, TlsFacts } from '../facts.js';
import { type Bounds, failureOf, within } from './within.js';

/** A way to a server, as far as it was passable. */
export interface Connection {
  readonly reach: ReachFacts;
  /** Ready for a request; absent if something failed. */
  readonly socket?: Socket;
  /** Whether both sides agreed on HTTP/2. */
  readonly isHttp2: boolean;
}

/** What `openConnection` needs to know. */
export interface ConnectionOptions extends Bounds {
  /** Whether a certificate that isn't trusted will do. */
  readonly isInsecure: boolean;
}

/**
 * Opens a connection to the server of a URL: the name, TCP and TLS, each measured by itself. It never rejects: what fails is in the facts, and then
 * there is no socket. Who gets a socket destroys it.
 */
export async function openConnection(url: URL, options: ConnectionOptions): Promise<Connection> {
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (isTls ? 443 : 80);

  const dns = await resolveName(host, options);
  if (dns.failure) return { reach: { dns }, isHttp2: false };

  const { socket: tcpSocket, facts: tcp } = await openTcp(host, port, dns.addresses, options);
  if (!tcpSocket) return { reach: { dns, tcp }, isHttp2: false };
  if (!isTls) return { reach: { dns, tcp }, socket: tcpSocket, isHttp2: false };

  const { socket, facts: tls } = await openTls(tcpSocket, host, options);
  const reach = { dns, tcp, tls };
  // Nobody else sees what the headers hold.
  if (socket && (tls.isTrusted || options.isInsecure)) return { reach, socket, isHttp2: tls.alpn === 'h2' };
  tcpSocket.destroy();
  return { reach, isHttp2: false };
}

/** Asks the resolver of the system, as browsers and Node do. */
async function resolveName(host: string, bounds: Bounds): Promise<DnsFacts> {
  if (isIP(host)) return { host, isAddress: true, addresses: [host], ms: 0 };
  const since = performance.now();
  const facts = (addresses: string[]) => ({ host, isAddress: false, addresses, ms: performance.now() - since });
  try {
    const found = await within<{ address: string }[]>(bounds, (resolve, reject) => {
      lookup(host, { all: true }).then(resolve, reject);
    });
    return facts(found.map(({ address }) => address));
  } catch (error) {
    return { ...facts([]), failure: failureOf(error) };
  }
}

interface Opened<F> {
  readonly facts: F;
  readonly socket?: Socket;
}

async function openTcp(
  host: string,
  port: number,
  addresses: readonly string[],
  bounds: Bounds,
): Promise<Opened<TcpFacts>> {
  const since = performance.now();
  const facts = () => ({ host, port, ms: performance.now() - since });
  // The name is not asked for again: the addresses are those that were found.
  const lookupFound: LookupFunction = (_host, { all }, callback) => {
    const found = addresses.map(address => ({ address, family: isIP(address) }));
    if (all) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  };
  const socket = connectTcp({
    host,
    port,
    lookup: lookupFound,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 500,
  });
  // It may fail at any time, also when nobody waits for it.
  socket.on('error', () => undefined);
  try {
    await within<undefined>(bounds, (resolve, reject) =>
      socket.once('connect', () => resolve(undefined)).once('error', reject),
    );
    const { remoteAddress } = socket;
    return { socket, facts: { ...facts(), ...(remoteAddress !== undefined && { address: remoteAddress }) } };
  } catch (error) {
    socket.destroy();
    return { facts: { ...facts(), failure: failureOf(error) } };
  }
}

async function openTls(tcpSocket: Socket, host: string, bounds: Bounds): Promise<Opened<TlsFacts>> {
  const since = performance.now();
  const socket = connectTls({
    socket: tcpSocket,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ['h2', 'http/1.1'],
    // To say why it is not trusted, rather than that the handshake failed. `openConnection` refuses it.
    rejectUnauthorized: false,
  });
  socket.on('error', () => undefined);
  try {
    await within<undefined>(bounds, (resolve, reject) =>
      socket
        .once('secureConnect', () => resolve(undefined))
        .once('error', reject)
        .once('close', () => reject(new Error('The server closed the connection during the handshake.'))),
    );
  } catch (error) {
    tcpSocket.destroy();
    return { facts: { host, ms: performance.now() - since, isTrusted: false, failure: failureOf(error) } };
  }
  const protocol = socket.getProtocol();
  const { valid_to: validTo } = socket.getPeerCertificate();
  // Typed as an error, it is a code.
  const distrust = socket.authorized ? '' : String(socket.authorizationError);
  return {
    socket,
    facts: {
      host,
      ms: performance.now() - since,
      isTrusted: socket.authorized,
      ...(protocol !== null && { protocol }),
      ...(typeof socket.alpnProtocol === 'string' && { alpn: socket.alpnProtocol }),
      ...(distrust !== '' && { distrust }),
      ...(validTo !== '' && { validTo }),
    },
  };
}
