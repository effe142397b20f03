// Measures in processes of their own: the server in one, and each task in another.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { profilesOf } from '../lib/profile.mjs';
import { seeded, shuffled } from '../lib/random.mjs';

export const OURS = 'rx-sse';
export const CLIENTS = [OURS, 'bare fetch'];

const file = name => fileURLToPath(new URL(name, import.meta.url));

/** Runs `measure` with the server in another process, and stops the server. */
export async function withServer(measure) {
  const server = fork(file('server.mjs'));
  try {
    const [{ port }] = await new Promise((resolve, reject) => {
      server.once('message', (...message) => resolve(message)).once('error', reject);
    });
    return await measure(`http://127.0.0.1:${port}`, server);
  } finally {
    server.disconnect();
  }
}

/** Runs a task in a new process and returns its result. @returns {Promise<any>} */
function work(server, task) {
  return new Promise((resolve, reject) => {
    let result;
    const worker = fork(file('worker.mjs'), [JSON.stringify(task)], { execArgv: ['--expose-gc', '--no-warnings'] });
    worker.on('message', message => {
      if (message.release) server.send(message);
      else ({ result } = message);
    });
    worker.on('exit', (code, signal) => {
      if (result) resolve(result);
      else reject(new Error(`${JSON.stringify(task)} ended with ${signal ?? code} and no result`));
    });
  });
}

/** Runs each task in its own process, in a new random order per round. @returns {Promise<Map<any, any[]>>} */
export async function inTurns({ server, report }, rounds, tasks) {
  const random = seeded(10);
  const found = new Map(tasks.map(task => [task, []]));
  for (let round = 1; round <= rounds; round++) {
    report(`${tasks[0].task}, round ${round} of ${rounds}`);
    for (const task of shuffled(tasks, random)) found.get(task).push(await work(server, task));
  }
  return found;
}

/** Profiles the tasks of missed goals: where they spend their time, or what they keep. */
export const profiles = ({ server }, goals, tasks) =>
  profilesOf(goals, async of => {
    const { title, kept, ...task } = tasks[of];
    const rows = await work(server, { ...task, profile: kept ? 'heap' : 'cpu' });
    return { title, rows, ...(kept ? { columns: ['function', 'in', 'kB'] } : {}) };
  });
