import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from './create-project.mjs';

/** Starts the chat with these options, calls `use` with its origin, and ends it. */
export async function withChat(options, use) {
  const chat = spawn(process.execPath, ['scripts/start.mjs', ...options], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    return await use(await originOf(chat));
  } finally {
    chat.kill();
    // Until then it may write its files.
    if (chat.exitCode === null && chat.signalCode === null) await once(chat, 'exit');
  }
}

function originOf(chat) {
  return new Promise((resolve, reject) => {
    let text = '';
    chat.stdout.on('data', chunk => {
      const [, origin] = /The chat is at (http:\S+?)\/,/.exec((text += chunk)) ?? [];
      if (origin) resolve(origin);
    });
    chat.on('exit', code => reject(new Error(`The chat exited with ${code} instead of starting: ${text}`)));
  });
}
