import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { map } from 'rxjs';
import type { Session } from '../../examples/angular-chat/server/api.js';
import type { StreamCounts } from '../../examples/angular-chat/server/open-streams.js';
import type { ChatMessage } from '../../examples/chat/chat-message.js';
import { fromEventSource, json } from '../../src/index.js';
import { type Observed, observe } from '../support/observe.js';
import { until } from '../support/until.js';

const SERVER = 'examples/angular-chat/dist/server/server.mjs';

/** The connection problems that a test can cause. */
export type TroubleName = 'cut' | 'gap' | 'refuse' | 'refuse-with-retry-after' | 'restart' | 'expire' | 'silence';

/** The built application, in its own process and with its own folder for messages. */
export class AngularChat {
  private constructor(
    private readonly server: ChildProcess,
    private readonly folder: string,
    readonly origin: string,
    /** The output of the server on stderr. Empty if all is well. */
    readonly complaints: string[],
  ) {}

  /** Starts a server on a free port, with `args` on its command line. */
  static async start(...args: string[]): Promise<AngularChat> {
    const folder = await mkdtemp(join(tmpdir(), 'angular-chat-spec-'));
    const server = spawn(process.execPath, [SERVER, '--port', '0', '--data', folder, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const complaints: string[] = [];
    server.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
    for await (const line of createInterface(server.stdout)) {
      const [, origin] = /(http:\/\/[^/]+)\//.exec(line) ?? [];
      if (origin !== undefined) return new AngularChat(server, folder, origin, complaints);
    }
    throw new Error(`Expected the server to start, but it said: ${complaints.join('')}`);
  }

  /** Posts JSON and returns the response. */
  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.origin + path, {
      method: 'POST',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Causes trouble. Trouble that lasts for a while lasts for this many milliseconds. */
  async trouble(name: TroubleName, milliseconds?: number): Promise<void> {
    const { status } = await this.post(`/trouble/${name}${milliseconds === undefined ? '' : `?for=${milliseconds}`}`);
    if (status !== 204) throw new Error(`Expected trouble (${name}), but the server answered ${status}`);
  }

  /** Removes the messages: from the next restart on, the server has none, and its ids start again. */
  loseMessages(): Promise<void> {
    return truncate(join(this.folder, 'lobby.jsonl'));
  }

  /** A user without a window: logs in and posts messages. */
  async guest(name: string): Promise<{ say(message: string): Promise<ChatMessage>; readonly session: Session }> {
    const response = await this.post('/api/login', { name });
    const session = (await response.json()) as Session;
    return {
      session,
      say: async message => {
        const posted = await this.post('/api/chat/new', { message }, bearer(session));
        if (posted.status !== 201) throw new Error(`Expected 201, but got ${posted.status}: ${await posted.text()}`);
        return (await posted.json()) as ChatMessage;
      },
    };
  }

  /** Observes how many streams are open on the server, now and after each change. */
  streams(): Observed<StreamCounts> {
    const events = fromEventSource(`${this.origin}/trouble/streams`).pipe(json<StreamCounts>());
    return observe(events.pipe(map(({ data }) => data)));
  }

  /** Returns the number of connections to the server, including the one of this request. */
  async connections(): Promise<number> {
    return Number(await (await fetch(`${this.origin}/trouble/connections`)).text());
  }

  /** Resolves when there are at most `count` connections. */
  async connectionsFallTo(count: number): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (let open; (open = await this.connections()) > count;) {
      if (Date.now() > deadline) throw new Error(`Expected at most ${count} connections, but there are ${open}`);
    }
  }

  /** Resolves when the server has complained of this, then clears the complaints. Stderr isn't in step with responses. */
  async complainsOf(text: string): Promise<void> {
    await until(() => this.complaints.join('').includes(text));
    this.complaints.length = 0;
  }

  /** Stops the server like Ctrl-C does. Rejects if the server complained. */
  async close(): Promise<void> {
    const exited = once(this.server, 'exit');
    this.server.kill('SIGINT');
    const [code] = (await exited) as [number | null];
    await rm(this.folder, { recursive: true });
    if (code !== 0) this.complaints.push(`It ended with code ${code ?? 'none'}.`);
    if (this.complaints.length > 0) throw new Error(`The server complained: ${this.complaints.join('')}`);
  }
}

export const bearer = ({ token }: Pick<Session, 'token'>) => ({ authorization: `Bearer ${token}` });
