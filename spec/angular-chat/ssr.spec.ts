import { get, Agent, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AngularChat } from './angular-chat.js';
import { useWindows } from './window.js';

const windows = useWindows();
let chat: AngularChat;
beforeEach(async () => {
  chat = await AngularChat.start('--trouble');
});
afterEach(async () => {
  await chat.close();
});

/** Returns the whole page. Its connection is closed afterwards. */
async function render(headers: Record<string, string> = {}): Promise<string> {
  const agent = new Agent({ keepAlive: false });
  const [response] = (await once(get(`${chat.origin}/`, { agent, headers }), 'response')) as [IncomingMessage];
  let html = '';
  for await (const chunk of response.setEncoding('utf8')) html += chunk as string;
  return html;
}

async function loginCookie(name: string): Promise<Record<string, string>> {
  const response = await chat.post('/api/login', { name });
  return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
}

describe('a server-rendered page', () => {
  it('arrives complete in less than a second', async () => {
    await render();
    const started = performance.now();
    const html = await render();
    const took = performance.now() - started;
    process.stdout.write(`the page was rendered in ${took.toFixed(0)} ms, ${html.length} characters\n`);
    expect(took).toBeLessThan(1000);
    expect(html).toContain('Your name');
    expect(html.trimEnd()).toMatch(/<\/html>$/);
  });

  it('shows the login when JavaScript is off', async () => {
    const window = await windows.open(chat, { javaScriptEnabled: false });
    await window.join.waitFor();
    expect(await window.page.title()).toBe('Chat');
    expect(await window.name.isVisible()).toBe(true);
  });

  it('disables sending until it is hydrated, because a message would be lost', async () => {
    const { cookie } = await loginCookie('Ada');
    const [name = '', value = ''] = cookie?.split('=') ?? [];
    const stored = { name, value, domain: '127.0.0.1', path: '/', expires: -1, httpOnly: true, secure: false };
    const storageState = { cookies: [{ ...stored, sameSite: 'Strict' as const }], origins: [] };
    const dead = await windows.open(chat, { javaScriptEnabled: false, storageState });
    await dead.send.waitFor();
    expect(await dead.send.isEnabled()).toBe(false);
    const alive = await windows.open(chat, { storageState });
    await alive.connection('open');
    expect(await alive.send.isEnabled()).toBe(true);
  });

  it('contains the frame of the chat for a logged-in user, and no data of other users', async () => {
    const cookie = await loginCookie('Ada');
    const [ada, nobody] = await Promise.all([render(cookie), render()]);
    expect(ada).toContain('data-connection="idle"');
    expect(ada).toContain('Ada');
    expect(ada).not.toContain('Your name');
    expect(nobody).not.toContain('Ada');
    expect(nobody).not.toContain('data-connection');
  });

  it('escapes markup in a name', async () => {
    const html = await render(await loginCookie('<b>&</script>'));
    expect(html).not.toContain('<b>&');
  });

  it('leaves no stream or connection open when many are rendered at once', async () => {
    const cookie = await loginCookie('Ada');
    const streams = chat.streams();
    await streams.first(1);
    // Includes the connections of the stream counter and of this request.
    const before = await chat.connections();
    const pages = await Promise.all(Array.from({ length: 50 }, () => render(cookie)));
    for (const page of pages) expect(page).toContain('data-connection');
    await chat.connectionsFallTo(before);
    expect(streams.values).toEqual([{ chat: 0, presence: 0 }]);
  });
});
