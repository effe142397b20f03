import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { DnsFacts, ReachFacts, TcpFacts, TlsFacts } from '../facts.js';
import { type Bounds, failureOf, within } from './within.js';

/** A connection to a server, as far as it got. */
export interface Connection {
  readonly reach: ReachFacts;
  /** Ready for a request; absent if something failed. */
  readonly socket?: Socket;
  /** Whether both sides agreed on HTTP/2. */
  readonly isHttp2: boolean;
}

/** The options of `openConnection`. */
export interface ConnectionOptions extends Bounds {
  /** Whether to accept an untrusted certificate. */
  readonly isInsecure: boolean;
}

/**
 * Opens a connection to the server of a URL. Measures the name, TCP and TLS separately. It never rejects: a failure is
 * in the facts, and then there is no socket. The caller must destroy the socket.
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
  // Only a trusted server may read the headers.
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
  // Uses the addresses that were found, instead of looking up the name again.
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
  // It can fail at any time, even if nobody waits for it.
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
    // Accepts the certificate to find out why it isn't trusted. `openConnection` rejects it.
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
  // The type is an error, but the value is a code.
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
