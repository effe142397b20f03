// Calculates the needs of 10 and 100 times as many streams, from the measured costs of one process.

/** The assumptions. `ASSUMED` describes them for docs/scaling.md. */
const ROOM = 100;
const BETWEEN_MESSAGES = 10;
const HEARTBEAT = 15;
const PER_PROCESS = 10_000;
/** The largest load of a server. */
const LOAD = 0.5;
/** Bytes on the wire: an event, and a heartbeat, each with the headers of TCP and IP. */
const EVENT = 270;
const BEAT = 70;
/** The kernel's memory of an idle socket, in kB. */
const SOCKET = 4;
const SIZES = [1, 10, 100].map(times => times * PER_PROCESS);

export const ASSUMED = `rooms of ${ROOM} clients, with one message every ${BETWEEN_MESSAGES} s in each room; a heartbeat every ${HEARTBEAT} s; at most ${PER_PROCESS.toLocaleString('en')} streams in a process, which may be busy for half of the time. “Anywhere”: clients are spread over the processes at random (\`least_conn\`). “Together”: all clients of a room are in the same process (\`hash $arg_room\`)`;

/**
 * Returns the work of Redis and the servers for a number of messages per second, in processors. A read names all rooms of its process’s clients.
 *
 * @param {{ rooms: number, messages: number, processes: number }} load
 * @param {Costs['redis']} costs
 */
function redisOf({ rooms, messages, processes }, { append, read, room, named }) {
  /** The share of processes that have a client in a given room, and the share of rooms that have a client in a given process. */
  const share = 1 - (1 - 1 / processes) ** ROOM;
  const of = (reads, count) => ({
    reads,
    redis: (messages * append + reads * (read + count * room)) / 1e6,
    servers: (reads * count * named) / 1e6,
  });
  return { anywhere: of(messages * processes * share, rooms * share), together: of(messages, rooms / processes) };
}

/**
 * Returns the needs of a number of streams.
 *
 * @param {number} streams
 * @param {Costs} costs
 *
 * @typedef {object} Costs CPU in µs, memory in kB.
 * @property {number} post For a server to accept a message.
 * @property {number} delivery For a server to send it to one client.
 * @property {number} heartbeat
 * @property {number} server Memory of a stream in a server.
 * @property {number} [balancer] Memory of a stream in nginx.
 * @property {{ append: number, read: number, room: number, named: number }} [redis] In Redis: to store a message, to send it to one process, and
 *   for each room that the process names. `named` is the cost in the process for each of these rooms.
 * @property {number} ports Ports of a pair of addresses.
 */
function needsOf(streams, costs) {
  const messages = streams / ROOM / BETWEEN_MESSAGES;
  const deliveries = messages * ROOM;
  const heartbeats = streams / HEARTBEAT;
  // In processors, which are seconds of CPU time per second.
  const cpu = {
    posts: (messages * costs.post) / 1e6,
    deliveries: (deliveries * costs.delivery) / 1e6,
    heartbeats: (heartbeats * costs.heartbeat) / 1e6,
  };
  const busy = cpu.posts + cpu.deliveries + cpu.heartbeats;
  const processes = Math.ceil(Math.max(streams / PER_PROCESS, busy / LOAD));
  const rooms = streams / ROOM;
  return {
    streams,
    messages,
    deliveries,
    heartbeats,
    cpu,
    processes,
    server: (streams * costs.server) / 1024 ** 2,
    balancer: (streams * costs.balancer) / 1024 ** 2,
    // nginx has a socket on each side, and the server has one.
    kernel: (3 * streams * SOCKET) / 1024 ** 2,
    files: 2 * streams,
    pairs: Math.ceil(streams / costs.ports),
    network: (deliveries * EVENT + heartbeats * BEAT) / 1e6,
    redis: costs.redis && redisOf({ rooms, messages, processes }, costs.redis),
  };
}

const round = (value, digits = 1) =>
  value >= 10 ** digits ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)));

const redisRows = row =>
  ['anywhere', 'together'].flatMap(name => [
    row(`${name}: Redis reads per second`, ({ redis }) => round(redis[name].reads)),
    row(`${name}: processors for Redis`, ({ redis }) => round(redis[name].redis)),
    row(`${name}: processors of the servers for these reads`, ({ redis }) => round(redis[name].servers)),
  ]);

/** @param {Costs} costs @returns {{ sizes: number[], rows: [string, ...string[]][] }} A column for each size, and a row for each need. */
export function arithmetic(costs) {
  const needs = SIZES.map(streams => needsOf(streams, costs));
  const row = (title, of) => [title, ...needs.map(of)];
  const rows = [
    row('messages per second', ({ messages }) => round(messages)),
    row('deliveries per second', ({ deliveries }) => round(deliveries)),
    row('heartbeats per second', ({ heartbeats }) => round(heartbeats)),
    row('processors for deliveries', ({ cpu }) => round(cpu.deliveries)),
    row('processors for heartbeats', ({ cpu }) => round(cpu.heartbeats)),
    row('processors for POSTs', ({ cpu }) => round(cpu.posts)),
    row('server processes', ({ processes }) => round(processes)),
    row('memory of the servers, GiB', ({ server }) => round(server)),
    ...(costs.balancer === undefined ? [] : [row('memory of nginx, GiB', ({ balancer }) => round(balancer))]),
    row('kernel memory for sockets, GiB', ({ kernel }) => round(kernel)),
    row('file descriptors of nginx', ({ files }) => round(files)),
    row('address pairs between nginx and the servers', ({ pairs }) => round(pairs)),
    row('network to the clients, MB per second', ({ network }) => round(network)),
    ...(costs.redis === undefined ? [] : redisRows(row)),
  ];
  return { sizes: SIZES, rows };
}
