// The programs that stand beside the chat's servers, as examples/chat/several starts them.
import { readFile } from 'node:fs/promises';
import { createClient } from 'redis';
import { register } from 'tsx/esm/api';

register({ tsconfig: false });
const { findProgram } = await import('../../../examples/chat/several/find-program.ts');
const { LoadBalancer } = await import('../../../examples/chat/several/load-balancer.ts');
const { RedisServer } = await import('../../../examples/chat/several/redis-server.ts');

/** Whether a program is installed. @param {string} name */
export function isInstalled(name) {
  try {
    return findProgram(name) !== '';
  } catch {
    return false;
  }
}

/** A Redis of its own, which acknowledges nothing that it could lose, and a look inside. */
export async function startRedis() {
  const server = await RedisServer.start();
  const client = createClient({ url: server.url });
  await client.connect();
  return {
    url: server.url,
    version: /redis_version:(\S+)/.exec(await client.info('server'))?.[1],
    /** CPU time that it has used, and how long its commands take; in microseconds. */
    async used() {
      const text = await client.info('everything');
      const number = pattern => Number(pattern.exec(text)?.[1] ?? 0);
      const cpu = (number(/used_cpu_sys:(.*)/) + number(/used_cpu_user:(.*)/)) * 1e6;
      const command = name => ({
        calls: number(new RegExp(`cmdstat_${name}:calls=(\\d+)`)),
        time: number(new RegExp(`cmdstat_${name}:.*?usec=(\\d+)`)),
      });
      return { cpu, append: command('evalsha'), read: command('xread') };
    },
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

/** An nginx in front of a server, and what it has resident, in kB: it is the only program of that name that this process has started. */
export async function startBalancer(port) {
  const balancer = await LoadBalancer.start([port]);
  const own = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  const statuses = own
    .trim()
    .split(' ')
    .map(pid => `/proc/${pid}/status`);
  const names = await Promise.all(statuses.map(path => readFile(path, 'utf8')));
  const status = statuses[names.findIndex(text => /^Name:\s*nginx$/m.test(text))];
  return {
    port: Number(new URL(balancer.origin).port),
    memory: async () => Number(/VmRSS:\s*(\d+)/.exec(await readFile(status, 'utf8'))?.[1]),
    close: () => balancer.close(),
  };
}
