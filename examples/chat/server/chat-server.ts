import { chatRoutes, type ChatRoutesOptions } from './chat-routes.js';
import { answer, type Handler } from './http.js';
import { makeGap } from './make-gap.js';
import type { MessageStore } from './message-store.js';
import { pageRoutes } from './page-routes.js';
import { RestartableServer } from './restartable-server.js';
import { Trouble } from './trouble.js';

export interface ChatServerOptions extends ChatRoutesOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** The folder of the built page. */
  readonly pageFolder: string;
  /** The address to listen on. By default it's `127.0.0.1`, which other machines can't reach. */
  readonly host?: string;
  /** Whether `POST /trouble/…` causes failures. The default is `true`. */
  readonly trouble?: boolean;
  /** Called with every start, so also when the server restarts. */
  readonly openStore: () => Promise<MessageStore>;
}

/** The chat on a port. */
export class ChatServer extends RestartableServer {
  readonly trouble = new Trouble(
    downtime => this.restart(downtime),
    async () => this.store && makeGap(this.store),
  );
  private store: MessageStore | undefined;

  private constructor(private readonly options: ChatServerOptions) {
    super();
  }

  /** Rejects if the port is taken (`EADDRINUSE`). */
  static start(options: ChatServerOptions): Promise<ChatServer> {
    return new ChatServer(options).start(options.port, options.host);
  }

  protected async open(): Promise<Handler> {
    this.store = await this.options.openStore();
    const chat = chatRoutes(this.store, this.options);
    const routes = {
      ...pageRoutes(this.options.pageFolder),
      ...chat,
      ...(this.options.trouble === false ? {} : this.trouble.routes),
      '/chat/stream': { GET: this.trouble.around(chat['/chat/stream'].GET) },
    };
    return (request, response) => answer(routes, request, response);
  }

  protected async release(): Promise<void> {
    await this.store?.close();
  }
}
