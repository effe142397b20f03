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

/** The whole page, over a connection that is closed behind it. */
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

describe('a page that is rendered on the server', () => {
  it('is there in less than a second, as a whole', async () => {
    await render();
    const started = performance.now();
    const html = await render();
    const took = performance.now() - started;
    process.stdout.write(`the page was rendered in ${took.toFixed(0)} ms, ${html.length} characters\n`);
    expect(took).toBeLessThan(1000);
    expect(html).toContain('Your name');
    expect(html.trimEnd()).toMatch(/<\/html>$/);
  });

  it('asks who is there, where JavaScript is off', async () => {
    const window = await windows.open(chat, { javaScriptEnabled: false });
    await window.join.waitFor();
    expect(await window.page.title()).toBe('Chat');
    expect(await window.name.isVisible()).toBe(true);
  });

  it('has nothing to send by until it is alive: what was written would be gone', async () => {
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

  it('has the frame of the chat for who is logged in, and nothing of anybody else', async () => {
    const cookie = await loginCookie('Ada');
    const [ada, nobody] = await Promise.all([render(cookie), render()]);
    expect(ada).toContain('data-connection="idle"');
    expect(ada).toContain('Ada');
    expect(ada).not.toContain('Your name');
    expect(nobody).not.toContain('Ada');
    expect(nobody).not.toContain('data-connection');
  });

  it('is no way to put markup into the page', async () => {
    const html = await render(await loginCookie('<b>&</script>'));
    expect(html).not.toContain('<b>&');
  });

  it('leaves no stream and no connection behind, where many are rendered at once', async () => {
    const cookie = await loginCookie('Ada');
    const streams = chat.streams();
    await streams.first(1);
    // What watches the streams, and what asks.
    const before = await chat.connections();
    const pages = await Promise.all(Array.from({ length: 50 }, () => render(cookie)));
    for (const page of pages) expect(page).toContain('data-connection');
    await chat.connectionsFallTo(before);
    expect(streams.values).toEqual([{ chat: 0, presence: 0 }]);
  });
});
