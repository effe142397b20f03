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

/** What is wrong with the connections, on demand. */
export type TroubleName = 'cut' | 'gap' | 'refuse' | 'refuse-with-retry-after' | 'restart' | 'expire' | 'silence';

/** The application as it was built, in a process of its own, with a folder of its own for its messages. */
export class AngularChat {
  private constructor(
    private readonly server: ChildProcess,
    private readonly folder: string,
    readonly origin: string,
    /** What the server wrote to its standard error: nothing, where all is well. */
    readonly complaints: string[],
  ) {}

  /** Starts one on a free port; `args` go to its command line. */
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

  /** Sends JSON, and answers with the response. */
  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.origin + path, {
      method: 'POST',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Makes trouble; what lasts for a while lasts for so many milliseconds. */
  async trouble(name: TroubleName, milliseconds?: number): Promise<void> {
    const { status } = await this.post(`/trouble/${name}${milliseconds === undefined ? '' : `?for=${milliseconds}`}`);
    if (status !== 204) throw new Error(`Expected trouble (${name}), but the server answered ${status}`);
  }

  /** From the next restart on the server has no messages, and their ids begin anew. */
  loseMessages(): Promise<void> {
    return truncate(join(this.folder, 'lobby.jsonl'));
  }

  /** Somebody without a window: logs in, and posts messages. */
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

  /** How many streams are open on the server, now and with each change. */
  streams(): Observed<StreamCounts> {
    const events = fromEventSource(`${this.origin}/trouble/streams`).pipe(json<StreamCounts>());
    return observe(events.pipe(map(({ data }) => data)));
  }

  /** How many connections the server has, with that of the question. */
  async connections(): Promise<number> {
    return Number(await (await fetch(`${this.origin}/trouble/connections`)).text());
  }

  /** Fulfilled when there are no more than `count` connections. */
  async connectionsFallTo(count: number): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (let open; (open = await this.connections()) > count;) {
      if (Date.now() > deadline) throw new Error(`Expected at most ${count} connections, but there are ${open}`);
    }
  }

  /** Fulfilled when the server has complained of this, and forgets it: what it writes comes by another way than its answers. */
  async complainsOf(text: string): Promise<void> {
    await until(() => this.complaints.join('').includes(text));
    this.complaints.length = 0;
  }

  /** Ends it as a Ctrl-C does. It rejects where the server complained. */
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
