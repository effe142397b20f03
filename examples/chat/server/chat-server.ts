import { chatRoutes } from './chat-routes.js';
import type { StreamTiming } from './event-stream.js';
import { answer, type Handler } from './http.js';
import { makeGap } from './make-gap.js';
import type { MessageStore } from './message-store.js';
import { pageRoutes } from './page-routes.js';
import { RestartableServer } from './restartable-server.js';
import { Trouble } from './trouble.js';

export interface ChatServerOptions extends StreamTiming {
  /** 0 for any that is free. */
  readonly port: number;
  /** Where the built page is. */
  readonly pageFolder: string;
  /** Called with every start, so also when the server restarts. */
  readonly openStore: () => Promise<MessageStore>;
}

/** The chat on a port of this machine; other machines do not reach it. */
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
    return new ChatServer(options).start(options.port);
  }

  protected async open(): Promise<Handler> {
    this.store = await this.options.openStore();
    const chat = chatRoutes(this.store, this.options);
    const routes = {
      ...pageRoutes(this.options.pageFolder),
      ...chat,
      ...this.trouble.routes,
      '/chat/stream': { GET: this.trouble.around(chat['/chat/stream'].GET) },
    };
    return (request, response) => answer(routes, request, response);
  }
}
