import { chatRoutes } from '../../chat/server/chat-routes.js';
import type { StreamTiming } from '../../chat/server/event-stream.js';
import { answer, type Handler, HttpError, readJson, type Routes, sendJson } from '../../chat/server/http.js';
import { makeGap } from '../../chat/server/make-gap.js';
import type { MessageStore } from '../../chat/server/message-store.js';
import { parseDraft } from '../../chat/server/parse-draft.js';
import { RestartableServer } from '../../chat/server/restartable-server.js';
import { onPost, Trouble } from '../../chat/server/trouble.js';
import { assetRoutes } from './asset-routes.js';
import { OpenStreams } from './open-streams.js';
import { Presence } from './presence.js';
import { Sessions } from './sessions.js';

export interface AngularChatServerOptions extends StreamTiming {
  /** Called at every start, including restarts. */
  readonly openStore: () => Promise<MessageStore>;
  /** The folder with the files for the browser. */
  readonly browserFolder: string;
  /** Responds to requests of pages. Receives the name of the logged-in user. */
  readonly renderPage: (name: string | undefined, ...args: Parameters<Handler>) => Promise<void>;
  /** How long an access token is valid, in milliseconds. */
  readonly tokenLifetime: number;
  /** Whether `POST /trouble/…` is available. */
  readonly trouble: boolean;
}

/** Serves the API and the pages on one port: the chat of `examples/chat`, with logins and presence. */
export class AngularChatServer extends RestartableServer {
  // These stay the same across restarts. Only the messages are read again.
  private readonly sessions: Sessions;
  private readonly presence: Presence;
  private readonly openStreams = new OpenStreams();
  private readonly trouble = new Trouble(
    downtime => this.restart(downtime),
    async () => this.store && makeGap(this.store),
  );
  private store: MessageStore | undefined;

  constructor(private readonly options: AngularChatServerOptions) {
    super();
    this.sessions = new Sessions(options.tokenLifetime);
    this.presence = new Presence(options);
  }

  protected async open(): Promise<Handler> {
    const { openStore, browserFolder } = this.options;
    const { sessions, presence } = this;
    this.store = await openStore();
    const chat = chatRoutes(this.store, {
      ...this.options,
      readDraft: async request => parseDraft({ ...Object(await readJson(request)), author: sessions.nameOf(request) }),
      isAllowed: request => sessions.lasts(request),
    });
    const routes: Routes = {
      ...(await assetRoutes(browserFolder)),
      ...sessions.routes,
      '/api/chat/new': chat['/chat/new'],
      '/api/chat/stream': {
        GET: this.stream('chat', (_name, ...exchange) => chat['/chat/stream'].GET(...exchange)),
      },
      '/api/presence/stream': {
        GET: this.stream('presence', (name, ...exchange) => presence.stream(name, ...exchange)),
      },
      ...(this.options.trouble ? this.troubleRoutes() : {}),
    };

    return (request, response) => {
      const [path = '/'] = (request.url ?? '/').split('?');
      const isPage = !(path in routes) && !/^\/(api|trouble)(\/|$)/.test(path);
      return answer(isPage ? { [path]: { GET: this.page } } : routes, request, response);
    };
  }

  protected async release(): Promise<void> {
    await this.store?.close();
  }

  private readonly page: Handler = (request, response) => {
    if (!isPath(request.url)) throw new HttpError(400, 'Expected the path of a page');
    return this.options.renderPage(this.sessions.loggedIn(request), request, response);
  };

  /** A stream for logged-in users, with trouble. */
  private stream(
    kind: 'chat' | 'presence',
    open: (name: string, ...exchange: Parameters<Handler>) => Promise<void>,
  ): Handler {
    return this.trouble.around((request, response) => {
      const name = this.sessions.nameOf(request);
      return this.openStreams.around(kind, (...exchange) => open(name, ...exchange))(request, response);
    });
  }

  private troubleRoutes(): Routes {
    return {
      ...this.trouble.routes,
      '/trouble/expire': onPost(() => this.sessions.expire()),
      ...this.openStreams.routes,
      '/trouble/connections': {
        GET: async (_request, response) => sendJson(response, 200, await this.connections()),
      },
    };
  }
}

/** A request can have any path, and Angular doesn't check it: `/%` would cause an error of the server. */
function isPath(url = '/'): boolean {
  const [path = ''] = url.split('?');
  try {
    return decodeURIComponent(path).startsWith('/');
  } catch {
    return false;
  }
}
