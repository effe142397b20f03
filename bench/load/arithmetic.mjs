// What 10 and 100 times as many streams take, from what one process was measured to take.

/** The assumptions; docs/scaling.md says the same in words, by `ASSUMED`. */
const ROOM = 100;
const BETWEEN_MESSAGES = 10;
const HEARTBEAT = 15;
const PER_PROCESS = 10_000;
/** How busy a server may be. */
const LOAD = 0.5;
/** Bytes on the wire: an event, and a heartbeat, each with the headers of TCP and IP. */
const EVENT = 270;
const BEAT = 70;
/** The kernel's memory of an idle socket, in kB. */
const SOCKET = 4;
const SIZES = [1, 10, 100].map(times => times * PER_PROCESS);

export const ASSUMED = `rooms of ${ROOM} clients, with a message every ${BETWEEN_MESSAGES} s in each; a heartbeat every ${HEARTBEAT} s; at most ${PER_PROCESS.toLocaleString('en')} streams in a process, which may be busy for half of its time. “Anywhere”: clients are spread over the processes at random (\`least_conn\`). “Together”: all clients of a room are in one process (\`hash $arg_room\`)`;

/**
 * The work of Redis and the servers for a number of messages a second, in processors. A read names all rooms that its process has clients of.
 *
 * @param {{ rooms: number, messages: number, processes: number }} load
 * @param {Costs['redis']} costs
 */
function redisOf({ rooms, messages, processes }, { append, read, room, named }) {
  /** Which share of the processes has a client of a room, and which share of the rooms has one in a process. */
  const share = 1 - (1 - 1 / processes) ** ROOM;
  const of = (reads, count) => ({
    reads,
    redis: (messages * append + reads * (read + count * room)) / 1e6,
    servers: (reads * count * named) / 1e6,
  });
  return { anywhere: of(messages * processes * share, rooms * share), together: of(messages, rooms / processes) };
}

/**
 * The needs of a number of streams.
 *
 * @param {number} streams
 * @param {Costs} costs
 *
 * @typedef {object} Costs CPU in µs, memory in kB.
 * @property {number} post To take a message, in a server.
 * @property {number} delivery To send it to one client.
 * @property {number} heartbeat
 * @property {number} server Memory of a stream in a server.
 * @property {number} [balancer] Memory of a stream in nginx.
 * @property {{ append: number, read: number, room: number, named: number }} [redis] In Redis to store a message, to send it to one process, and for
 *   each room of that; and in the process for each of its rooms.
 * @property {number} ports Of a pair of addresses.
 */
function needsOf(streams, costs) {
  const messages = streams / ROOM / BETWEEN_MESSAGES;
  const deliveries = messages * ROOM;
  const heartbeats = streams / HEARTBEAT;
  // In processors: seconds of CPU a second.
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
    // nginx has one on each side of it, and the server has one.
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
    row(`${name}: reads of Redis a second`, ({ redis }) => round(redis[name].reads)),
    row(`${name}: processors for Redis`, ({ redis }) => round(redis[name].redis)),
    row(`${name}: processors of the servers for that`, ({ redis }) => round(redis[name].servers)),
  ]);

/** @param {Costs} costs @returns {{ sizes: number[], rows: [string, ...string[]][] }} Columns of sizes, and a row for each need. */
export function arithmetic(costs) {
  const needs = SIZES.map(streams => needsOf(streams, costs));
  const row = (title, of) => [title, ...needs.map(of)];
  const rows = [
    row('messages a second', ({ messages }) => round(messages)),
    row('deliveries a second', ({ deliveries }) => round(deliveries)),
    row('heartbeats a second', ({ heartbeats }) => round(heartbeats)),
    row('processors for deliveries', ({ cpu }) => round(cpu.deliveries)),
    row('processors for heartbeats', ({ cpu }) => round(cpu.heartbeats)),
    row('processors for POSTs', ({ cpu }) => round(cpu.posts)),
    row('server processes', ({ processes }) => round(processes)),
    row('memory of the servers, GiB', ({ server }) => round(server)),
    ...(costs.balancer === undefined ? [] : [row('memory of nginx, GiB', ({ balancer }) => round(balancer))]),
    row('memory of the kernel for sockets, GiB', ({ kernel }) => round(kernel)),
    row('file descriptors of nginx', ({ files }) => round(files)),
    row('pairs of addresses from nginx to the servers', ({ pairs }) => round(pairs)),
    row('network to the clients, MB a second', ({ network }) => round(network)),
    ...(costs.redis === undefined ? [] : redisRows(row)),
  ];
  return { sizes: SIZES, rows };
}
