import assert from 'node:assert/strict';
import { join } from 'node:path';
import { check, output } from '../check.mjs';
import { withChat } from './with-chat.mjs';

/** Checks the installed command with the chat as its server. */
export async function checkCommand(folder, data) {
  await check('npx rx-sse: tails the chat, resumes, and finds nothing wrong with it', () =>
    withChat(['--data', data], async origin => {
      const rxSse = (...args) => output(folder, 'npx', '--no-install', 'rx-sse', ...args);
      const stream = `${origin}/chat/stream`;
      const say = message =>
        fetch(`${origin}/chat/new`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ author: 'Ada', message }),
        });
      const tail = async (...args) =>
        (await rxSse('--json', '--for', '30s', '--state', join(data, 'position'), ...args, stream)).stdout;
      await say('hello');
      await say('again');
      assert.match(await tail('--count', '1'), /^{"type":"chat","data":".*hello/);
      assert.match(await tail('--count', '1'), /again/);
      await say('and more');
      assert.match(await tail('--until', 'and more'), /^.*and more.*\n$/);
      const { stdout } = await rxSse('doctor', '--for', '5s', stream);
      assert.match(stdout, /^No problems found\.$/m);
      return stdout.trim().split('\n').at(-1);
    }),
  );
}
