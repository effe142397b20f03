// A process for one workload and one contestant.
// If you start it yourself, it takes some samples for a profile: node --cpu-prof parsers/worker.mjs a rx-sse
import { answerParent } from '../lib/answer-parent.mjs';
import { best } from '../lib/turns.mjs';
import { contestants, eventStreamParser } from './contestants.mjs';
import { prepare } from './measure.mjs';

const [workload, name] = process.argv.slice(2);
// Any other name is the path of a module that exports an EventStreamParser.
const contestant = contestants[name] ?? eventStreamParser(name, () => import(name));
const { sample, ...ready } = await prepare(workload, contestant);

/** Returns the CPU time of one reading in nanoseconds, which other programs affect far less than the clock. */
async function time() {
  const start = process.cpuUsage();
  const times = await sample();
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / times;
}

if (process.send) {
  answerParent(ready, time);
} else if (ready.failure) {
  console.error(ready.failure);
  process.exitCode = 1;
} else {
  const samples = [];
  for (let i = 0; i < 100; i++) samples.push(await time());
  console.log(`${(best(samples) / ready.events).toFixed(1)} ns an event`);
}
