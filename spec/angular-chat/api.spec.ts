import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import type { PresenceSnapshot, Session } from '../../examples/angular-chat/server/api.js';
import { type EventSourceOptions, fromEventSource, fromEventSourceLifecycle, json } from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { AngularChat, bearer } from './angular-chat.js';

let chat: AngularChat;
beforeEach(async () => {
  chat = await AngularChat.start('--trouble', '--retry', '100', '--token-lifetime', '60000');
});
afterEach(async () => {
  await chat.close();
});

/** Returns the cookie that a response sets, in the form that a browser sends back. */
const cookieOf = (response: Response) => ({ cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' });
const login = (name: unknown) => chat.post('/api/login', { name });
const session = (headers: Record<string, string>) => fetch(`${chat.origin}/api/session`, { headers });

const options = (of: Session): EventSourceOptions => ({
  headers: bearer(of),
  reconnect: { delay: 0, serverDelay: false },
});
/** Matches an id of the form `<epoch>-<number>` with this number. */
const endsWith = (number: number) => expect.stringMatching(new RegExp(`^\\d+-${number}$`)) as unknown;
const messages = (of: Session, lastEventId = '') =>
  observe(fromEventSource(`${chat.origin}/api/chat/stream`, { ...options(of), lastEventId }));
const presence = (of: Session) =>
  observe(
    fromEventSource(`${chat.origin}/api/presence/stream`, options(of)).pipe(
      json<PresenceSnapshot>(),
      map(({ data }) => data.names.join()),
    ),
  );

describe('a login', () => {
  it('returns a token that is valid for a minute, and a cookie hidden from scripts and other sites', async () => {
    const before = Date.now();
    const response = await login(' ada ');
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { token, name, expiresAt } = (await response.json()) as Session;
    expect(name).toBe('ada');
    expect(token.length).toBeGreaterThan(40);
    expect(expiresAt - before).toBeGreaterThanOrEqual(60_000);
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(60_000);
    expect(response.headers.get('set-cookie')).toMatch(
      /^chat-refresh=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=86400$/,
    );
  });

  it.each([
    ['a missing name', undefined, 'Expected name to be text'],
    ['an empty name', '  ', 'Expected name to have 1 to 40 characters, but it has 0'],
    ['a name that is too long', 'a'.repeat(41), 'Expected name to have 1 to 40 characters, but it has 41'],
  ])('responds with 400 to %s', async (_what, name, error) => {
    const response = await login(name);
    expect([response.status, await response.json()]).toEqual([400, { error }]);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('is refreshed and recognized by its cookie, until the logout', async () => {
    const response = await login('ada');
    const cookie = cookieOf(response);
    const first = (await response.json()) as Session;
    const refreshed = await chat.post('/api/refresh', undefined, cookie);
    const second = (await refreshed.json()) as Session;
    expect([refreshed.status, second.name]).toEqual([200, 'ada']);
    expect(second.token).not.toBe(first.token);
    expect(await (await session(cookie)).json()).toEqual({ name: 'ada' });

    // The page also logs out with the cookie alone.
    const left = await chat.post('/api/logout', undefined, cookie);
    expect(left.status).toBe(204);
    expect(left.headers.get('set-cookie')).toMatch(/^chat-refresh=; .*Max-Age=0$/);
    expect((await session(cookie)).status).toBe(204);
    expect((await chat.post('/api/refresh', undefined, cookie)).status).toBe(401);
    for (const token of [first, second]) {
      expect((await chat.post('/api/chat/new', { message: 'a' }, bearer(token))).status).toBe(401);
    }
  });

  it('can’t be ended by another site: that request has no cookie, and the response doesn’t remove it', async () => {
    const cookie = cookieOf(await login('ada'));
    const left = await chat.post('/api/logout');
    expect([left.status, left.headers.get('set-cookie')]).toEqual([204, null]);
    expect(await (await session(cookie)).json()).toEqual({ name: 'ada' });
  });

  it('is refused for an empty cookie', async () => {
    const cookie = { cookie: 'chat-refresh=' };
    expect((await session(cookie)).status).toBe(204);
    const refused = await chat.post('/api/refresh', undefined, cookie);
    expect([refused.status, await refused.json()]).toEqual([401, { error: 'Expected a login' }]);
  });
});

describe('a token', () => {
  it.each(['/api/chat/stream', '/api/presence/stream'])('is required for %s', async path => {
    for (const headers of [{}, bearer({ token: 'made-up' }), { authorization: 'Bearer ' }]) {
      const response = await fetch(chat.origin + path, { headers });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await response.json()).toEqual({ error: 'Expected a valid token' });
    }
  });

  it('expires after its lifetime', async () => {
    const brief = await AngularChat.start('--token-lifetime', '0');
    try {
      await expect((await brief.guest('ada')).say('late')).rejects.toThrow('Expected 201, but got 401');
    } finally {
      await brief.close();
    }
  });

  it('stays valid through a restart, but not when all tokens expire', async () => {
    const ada = await chat.guest('ada');
    const lifecycle = observe(fromEventSourceLifecycle(`${chat.origin}/api/chat/stream`, options(ada.session)));
    await ada.say('one');
    await lifecycle.find(ofKind('event'));
    await chat.trouble('restart', 0);
    await lifecycle.find(step => step.kind === 'open' && step.resumedFrom.endsWith('-1'));
    expect((await ada.say('two')).id).toBe(2);
    await chat.trouble('expire');
    await expect(ada.say('three')).rejects.toThrow('401');
  });
});

describe('the chat', () => {
  it('takes the author from the token, not from the posted body', async () => {
    const ada = await chat.guest('ada');
    const stream = messages(ada.session);
    const posted = await chat.post('/api/chat/new', { author: 'bob', message: ' hello ' }, bearer(ada.session));
    expect(posted.status).toBe(201);
    const stored: unknown = await posted.json();
    expect(stored).toEqual({ id: 1, author: 'ada', message: 'hello', at: expect.any(String) as unknown });
    const [event] = await stream.first(1);
    expect(event).toEqual({ type: 'chat', data: JSON.stringify(stored), lastEventId: endsWith(1) });
  });

  it('replays the messages after Last-Event-ID', async () => {
    const ada = await chat.guest('ada');
    for (const text of ['one', 'two', 'three']) await ada.say(text);
    const [first] = await messages(ada.session).first(1);
    const stream = messages(ada.session, first?.lastEventId);
    expect((await stream.first(2)).map(({ lastEventId }) => lastEventId)).toEqual([endsWith(2), endsWith(3)]);
  });

  it('responds with 400 to a body that isn’t a message', async () => {
    const { session } = await chat.guest('ada');
    for (const body of [null, 1, {}, { message: ' ' }]) {
      expect((await chat.post('/api/chat/new', body, bearer(session))).status).toBe(400);
    }
  });
});

describe('presence', () => {
  it('is sent at once and on each change, and counts two windows of a person as one until the last closes', async () => {
    const ada = (await chat.guest('ada')).session;
    const bob = (await chat.guest('bob')).session;
    const seen = presence(ada);
    await seen.first(1);
    const [first, second] = [presence(bob), presence(bob)];
    expect(await first.first(1)).toEqual(['ada,bob']);
    expect(await second.first(1)).toEqual(['ada,bob']);
    const streams = chat.streams();
    await streams.find(({ presence }) => presence === 3);
    first.subscription.unsubscribe();
    await streams.find(({ presence }) => presence === 2);
    second.subscription.unsubscribe();
    expect(await seen.first(3)).toEqual(['ada', 'ada,bob', 'ada']);
  });

  it('is sent again after each reconnect', async () => {
    const ada = (await chat.guest('ada')).session;
    const seen = presence(ada);
    await seen.first(1);
    await chat.trouble('cut');
    expect(await seen.first(2)).toEqual(['ada', 'ada']);
  });

  it('sends heartbeats', async () => {
    const beating = await AngularChat.start('--heartbeat', '5');
    try {
      const { session } = await beating.guest('ada');
      const stream = observe(fromEventSourceLifecycle(`${beating.origin}/api/presence/stream`, options(session)));
      expect(await stream.find(ofKind('comment'))).toEqual({ kind: 'comment', text: '' });
    } finally {
      await beating.close();
    }
  });
});

describe('the `/trouble` endpoints', () => {
  it('are not available unless enabled', async () => {
    const calm = await AngularChat.start();
    try {
      for (const name of ['cut', 'refuse', 'restart', 'expire', 'silence'] as const) {
        await expect(calm.trouble(name)).rejects.toThrow('the server answered 404');
      }
      expect((await fetch(`${calm.origin}/trouble/streams`)).status).toBe(404);
    } finally {
      await calm.close();
    }
  });

  it('make both streams respond with 503 before the token is checked', async () => {
    await chat.trouble('refuse-with-retry-after', 60_000);
    for (const path of ['/api/chat/stream', '/api/presence/stream']) {
      const response = await fetch(chat.origin + path);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '4']);
    }
    await chat.trouble('refuse', 0);
    expect((await fetch(`${chat.origin}/api/chat/stream`)).status).toBe(401);
  });

  it('respond with 400 to an invalid duration', async () => {
    expect((await chat.post('/trouble/refuse?for=ever')).status).toBe(400);
  });
});

describe('the server', () => {
  it('responds with JSON for 404 and 405', async () => {
    const missing = await fetch(`${chat.origin}/api/nothing`);
    expect([missing.status, await missing.json()]).toEqual([404, { error: 'There is nothing at /api/nothing' }]);
    const wrong = await fetch(`${chat.origin}/api/login`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await chat.post('/')).status).toBe(405);
  });

  it('responds with 400 to an invalid path', async () => {
    const { port } = new URL(chat.origin);
    for (const path of ['/%', '/%E0%A4%A', 'http://elsewhere.example/']) {
      const [response] = (await once(get({ port, host: '127.0.0.1', path }), 'response')) as [IncomingMessage];
      response.resume();
      expect([path, response.statusCode]).toEqual([path, 400]);
    }
  });

  it('serves the files of the build, hashed ones cached forever, and no other files', async () => {
    const html = await (await fetch(`${chat.origin}/`)).text();
    const [, script] = /<script src="([^"]+)"/.exec(html) ?? [];
    const file = await fetch(`${chat.origin}/${script}`);
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const icon = await fetch(`${chat.origin}/icon.svg`);
    expect([icon.headers.get('content-type'), icon.headers.get('cache-control')]).toEqual([
      'image/svg+xml',
      'no-cache',
    ]);
    for (const path of ['/index.csr.html', '/..%2fserver/server.mjs', '/server/server.mjs', '/package.json']) {
      expect([path, (await fetch(chat.origin + path)).status]).toEqual([path, 404]);
    }
  });

  it('accepts requests under its own host names only', async () => {
    const { port } = new URL(chat.origin);
    const statusFor = async (host: string) => {
      const [response] = (await once(get({ port, host: '127.0.0.1', headers: { host } }), 'response')) as [
        IncomingMessage,
      ];
      response.resume();
      return response.statusCode;
    };
    expect(await statusFor(`localhost:${port}`)).toBe(200);
    expect(chat.complaints).toEqual([]);
    expect(await statusFor('elsewhere.example')).toBe(400);
    await chat.complainsOf('Header "host" with value "elsewhere.example" is not allowed');
  });
});
