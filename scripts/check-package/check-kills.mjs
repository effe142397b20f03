import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { check } from '../check.mjs';
import { withChat } from './with-chat.mjs';

const KILLS = 100;
/** Longer than the check posts, so that no message is trimmed before it's printed. */
const HISTORY = 1_000_000;
/** How long to wait between two messages, in milliseconds. */
const PAUSE = 2;
/** How long to wait for a run, in milliseconds. */
const TIMEOUT = 30_000;

/**
 * Kills the installed command again and again while messages are posted, and starts it again with its `--state`. It
 * prints all messages in order, and prints again only what it printed after the position that it had stored.
 */
export async function checkKills(folder, data) {
  await check(`rx-sse --state, killed ${KILLS} times under load`, () =>
    withChat(['--data', join(data, 'messages'), '--history', String(HISTORY)], async origin => {
      const tail = await startTail(folder, data, `${origin}/chat/stream?room=kills`);
      const load = postMessages(`${origin}/chat/new?room=kills`);
      try {
        for (let kill = 0; kill < KILLS; kill++) await tail.runAndKill(MOMENTS[kill % MOMENTS.length]);
        const posted = await load.stop();
        await tail.runToMessage(posted);
        const { printed, again } = judge(tail.runs, posted);
        // Otherwise it would be killed only before it does anything.
        assert.ok(printed > KILLS / 2, `Only ${printed} runs printed a message`);
        return `${posted} messages, none missing, ${again} printed again`;
      } finally {
        await tail.close();
        await load.stop();
      }
    }),
  );
}

/** When to kill a run. Each is called at its start, and returns whether the moment has come. */
const MOMENTS = [
  // While it starts, connects, or prints.
  () => {
    const end = performance.now() + randomInt(400);
    return () => performance.now() >= end;
  },
  // While it prints.
  ({ size }) => {
    const enough = size() + randomInt(1, 40_000);
    return () => size() >= enough;
  },
  // When it has just stored a position.
  ({ position }) => {
    const enough = position() + randomInt(1, 400);
    return () => position() >= enough;
  },
];

/** Runs the installed command, all runs with one state and one output. */
async function startTail(folder, data, stream) {
  const installed = join(folder, 'node_modules/rx-sse');
  const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const [state, output] = [join(data, 'state'), join(data, 'output')];
  const file = await open(output, 'a');
  const size = () => statSync(output).size;
  // An id of the chat is `<epoch>-<number>`, and the first message has the number 1.
  const position = () => (existsSync(state) ? Number(readFileSync(state, 'utf8').split('-')[1]) : 0);
  /** For each run, the stored position and the size of the output at its start. */
  const starts = [];

  /** Starts the command, and sends a signal when `isTime`. Node runs it, so the signal reaches the command itself. */
  const run = async (signal, isTime) => {
    starts.push({ stored: position(), from: size() });
    const args = [join(installed, bin['rx-sse']), '--json', '--state', state, stream];
    const child = spawn(process.execPath, args, { stdio: ['ignore', file.fd, 'inherit'] });
    const exit = once(child, 'exit');
    const end = performance.now() + TIMEOUT;
    try {
      while (!isTime()) {
        assert.equal(child.exitCode, null, `Run ${starts.length} ended before it was killed`);
        assert.ok(performance.now() < end, `Run ${starts.length} prints nothing`);
        await wait(1);
      }
    } finally {
      child.kill(signal);
      await exit;
    }
  };

  return {
    runAndKill: moment => run('SIGKILL', moment({ size, position })),
    runToMessage: number => run('SIGTERM', () => position() === number),
    close: () => file.close(),
    /** The stored position at the start of each run, and the numbers of the messages that it printed. */
    get runs() {
      const printed = readFileSync(output, 'latin1');
      return starts.map(({ stored, from }, run) => {
        // A kill may tear the last line.
        const lines = printed
          .slice(from, starts[run + 1]?.from)
          .split('\n')
          .slice(0, -1);
        return { stored, numbers: lines.map(line => Number(JSON.parse(JSON.parse(line).data).message)) };
      });
    },
  };
}

/** Posts messages, numbered from 1 on, one after the other. `stop` returns how many there are. */
function postMessages(url) {
  let [posted, isStopped] = [0, false];
  const post = async () => {
    while (!isStopped) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ author: 'Ada', message: String(posted + 1) }),
      });
      assert.equal(response.status, 201, await response.text());
      posted++;
      await wait(PAUSE);
    }
    return posted;
  };
  const done = post();
  // `stop` rejects instead.
  done.catch(() => undefined);
  return {
    stop: () => {
      isStopped = true;
      return done;
    },
  };
}

/** Returns how many runs printed a message, and how many messages were printed again. */
function judge(runs, posted) {
  let [last, printed, again] = [0, 0, 0];
  for (const [run, { stored, numbers }] of runs.entries()) {
    // Then something that isn't printed would count as printed.
    assert.ok(stored <= last, `Run ${run} starts after ${stored}, but only ${last} messages are printed`);
    // Each run is without gaps, and only its beginning can be there already.
    const expected = numbers.map((_, index) => stored + 1 + index);
    assert.deepEqual(numbers, expected, `Run ${run} starts after ${stored}`);
    if (numbers.length > 0) printed++;
    again += numbers.filter(number => number <= last).length;
    last = Math.max(last, stored + numbers.length);
  }
  assert.equal(last, posted);
  return { printed, again };
}
