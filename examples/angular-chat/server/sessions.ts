import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { MAX_LENGTH } from '../../chat/chat-message.js';
import { HttpError, readJson, type Routes, sendJson } from '../../chat/server/http.js';
import { parseText } from '../../chat/server/parse-draft.js';
import type { Session } from './api.js';

const COOKIE = 'chat-refresh';
/** How long a login lasts, in seconds. */
const LOGIN_LIFETIME = 24 * 3600;

interface Granted {
  /** A login belongs to a name, and an access token to a login, which it ends with. */
  readonly to: string;
  readonly expiresAt: number;
}

/**
 * The sessions of logged-in users. A login has a refresh token, in a cookie that scripts can't read, and a short-lived
 * access token for the requests of the application. Both are random and in memory: when the process ends, so do all
 * logins.
 */
export class Sessions {
  private readonly logins = new Map<string, Granted>();
  private readonly tokens = new Map<string, Granted>();
  /** The login of a request. */
  private readonly loginOf = new WeakMap<IncomingMessage, string>();

  /** @param tokenLifetime how long an access token is valid, in milliseconds */
  constructor(private readonly tokenLifetime: number) {}

  readonly routes = {
    '/api/login': {
      POST: async (request, response) => {
        const posted = Object(await readJson(request)) as { readonly name?: unknown };
        const name = parseText('name', posted.name, MAX_LENGTH.author);
        this.logins.delete(refreshToken(request));
        const [login] = grant(this.logins, name, LOGIN_LIFETIME * 1000);
        sendJson(response, 200, this.sessionOf(name, login), {
          ...SECRET,
          'set-cookie': cookie(login, LOGIN_LIFETIME),
        });
      },
    },
    '/api/refresh': {
      POST: (request, response) => {
        const name = this.loggedIn(request);
        if (name === undefined) throw new HttpError(401, 'Expected a login');
        sendJson(response, 200, this.sessionOf(name, refreshToken(request)), SECRET);
      },
    },
    '/api/logout': {
      POST: (request, response) => {
        const isLeft = this.logins.delete(refreshToken(request));
        this.tokens.delete(accessToken(request));
        // Another site can send this request, but without the cookie. It must not remove the cookie either.
        response.writeHead(204, isLeft ? { 'set-cookie': cookie('', 0) } : {}).end();
      },
    },
    '/api/session': {
      GET: (request, response) => {
        const name = this.loggedIn(request);
        if (name === undefined) response.writeHead(204, SECRET).end();
        else sendJson(response, 200, { name }, SECRET);
      },
    },
  } satisfies Routes;

  /** Returns the user of a request, by its cookie; `undefined` if nobody is logged in. */
  loggedIn(request: IncomingMessage): string | undefined {
    return holderOf(this.logins, refreshToken(request));
  }

  /** Returns the user of a request, by its access token. Throws a 401 if the token is missing, unknown or expired. */
  nameOf(request: IncomingMessage): string {
    const login = holderOf(this.tokens, accessToken(request));
    const name = holderOf(this.logins, login);
    if (login === undefined || name === undefined) {
      throw new HttpError(401, 'Expected a valid token', { 'www-authenticate': 'Bearer' });
    }
    this.loginOf.set(request, login);
    return name;
  }

  /**
   * Whether the login of a request still lasts, even if its access token has expired. The first call throws like
   * `nameOf`.
   */
  lasts(request: IncomingMessage): boolean {
    if (!this.loginOf.has(request)) this.nameOf(request);
    return holderOf(this.logins, this.loginOf.get(request)) !== undefined;
  }

  /** Revokes all access tokens, but no logins. */
  expire(): void {
    this.tokens.clear();
  }

  private sessionOf(name: string, login: string): Session {
    const [token, expiresAt] = grant(this.tokens, login, this.tokenLifetime);
    return { token, name, expiresAt };
  }
}

const SECRET = { 'cache-control': 'no-store' };

function grant(granted: Map<string, Granted>, to: string, lifetime: number): [token: string, expiresAt: number] {
  const now = Date.now();
  // All have the same lifetime, so the oldest expires first.
  for (const [token, { expiresAt }] of granted) {
    if (expiresAt > now) break;
    granted.delete(token);
  }
  const token = randomBytes(32).toString('base64url');
  const expiresAt = now + lifetime;
  granted.set(token, { to, expiresAt });
  return [token, expiresAt];
}

function holderOf(granted: ReadonlyMap<string, Granted>, token = ''): string | undefined {
  const found = granted.get(token);
  return found && found.expiresAt > Date.now() ? found.to : undefined;
}

const accessToken = ({ headers }: IncomingMessage) => /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';

const refreshToken = ({ headers }: IncomingMessage) =>
  (headers.cookie ?? '')
    .split('; ')
    .find(pair => pair.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1) ?? '';

// With HTTPS, add `Secure`.
const cookie = (token: string, maxAge: number) =>
  `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAge}`;
