// Takes docs/images/chat.png, a screenshot of the chat page after its connection was cut: npm run screenshot
import './build.mjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { register } from 'tsx/esm/api';
import { launchChromium } from '../bench/lib/chromium.mjs';

register({ tsconfig: false });
const { buildPage } = await import('../examples/chat/build-page.ts');
const { postMessage } = await import('../examples/chat/client/post-message.ts');
const { ChatServer } = await import('../examples/chat/server/chat-server.ts');
const { FileMessageStore } = await import('../examples/chat/server/file-message-store.ts');

const PATH = join(import.meta.dirname, '../docs/images/chat.png');
/** How long a message takes to write, in milliseconds. */
const PAUSE = 1800;

const folder = await mkdtemp(join(tmpdir(), 'screenshot-'));
const server = await ChatServer.start({
  port: 0,
  pageFolder: buildPage(),
  openStore: () => FileMessageStore.open(folder),
  retry: 3000,
  heartbeat: 4000,
});
const browser = await launchChromium();

async function say(author, ...messages) {
  for (const message of messages) {
    await postMessage(server.origin, { author, message });
    await delay(PAUSE);
  }
}

try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 760 }, colorScheme: 'light' });
  await page.goto(server.origin);
  await page.locator('#connection[data-kind=open]').waitFor();
  await say('ada', 'Is the stream still up?');
  await say('grace', 'Yes. I am about to cut it.');
  await say('ada', 'What happens to messages meanwhile?');
  server.trouble.refuse(5000);
  await page.locator('#connection[data-kind=waiting]').waitFor();
  await say('grace', 'They wait on the server …');
  await say('grace', '… and come when you are back.');
  await page.locator('#connection[data-kind=open]').waitFor();
  await delay(PAUSE);
  await say('ada', 'All here. Nothing lost, nothing twice.');
  await page.screenshot({ path: PATH, caret: 'hide' });
  console.log(PATH);
} finally {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true });
}
