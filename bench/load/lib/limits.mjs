// What the system allows one process, and one pair of addresses.
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';

/** For what a process has open besides. */
const SPARE = 200;
/** How many streams go to one address: each pair of addresses has so many ports only, and those of the last run rest for a minute. */
const PER_ADDRESS = 2500;

const read = path => readFile(path, 'utf8').catch(() => '');

/** @returns {Promise<{ files: number, ports: number }>} File descriptors of a process, ports of a pair of addresses; NaN if nobody says. */
export async function limits() {
  const [, files] = /^Max open files +(\d+)/m.exec(await read('/proc/self/limits')) ?? [];
  const [low, high] = (await read('/proc/sys/net/ipv4/ip_local_port_range')).trim().split(/\s+/).map(Number);
  return { files: Number(files ?? NaN), ports: high - low + 1 };
}

/** The addresses of this machine that so many streams go to: on Linux all of 127.0.0.0/8 are. @param {number} streams */
export const addressesFor = streams =>
  platform() === 'linux'
    ? Array.from({ length: Math.ceil(streams / PER_ADDRESS) }, (_, i) => `127.0.0.${i + 1}`)
    : ['127.0.0.1'];

/**
 * How many of `wanted` streams one process can hold, and why not more.
 *
 * @param {number} wanted
 */
export async function possible(wanted) {
  const { files, ports } = await limits();
  const addresses = addressesFor(wanted);
  const bounds = [
    { streams: files - SPARE, why: `a process may have ${files} file descriptors (ulimit -n)` },
    { streams: ports * addresses.length, why: `a pair of addresses has ${ports} ports (ip_local_port_range)` },
  ];
  const { streams, why } = bounds
    .filter(({ streams }) => streams < wanted)
    .sort((a, b) => a.streams - b.streams)[0] ?? {
    streams: wanted,
  };
  return { streams, why, files, ports, addresses };
}
