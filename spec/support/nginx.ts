import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../examples/chat/several/find-program.js';
import { freePort } from '../../examples/chat/several/free-port.js';

const NCHAN = '/usr/lib/nginx/modules/ngx_nchan_module.so';
const INSTALL = 'install it (on Debian: apt-get install libnginx-mod-nchan)';

/** Returns the executable of nginx. Throws if its module nchan isn't installed. */
function findNginx(): string {
  if (!existsSync(NCHAN)) throw new Error(`Expected the module nchan at ${NCHAN}, but found none: ${INSTALL}`);
  return findProgram('nginx');
}

/** A real nginx with the module nchan, on a loopback port of its own. */
export class Nginx {
  private constructor(
    readonly origin: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly log: string[],
  ) {}

  /** Starts nginx. `directives` are the content of its `server` block; everything else has nginx's defaults. */
  static async start(directives: string): Promise<Nginx> {
    const executable = findNginx();
    for (let attempt = 1; ; attempt++) {
      const nginx = await Nginx.launch(executable, directives, await freePort());
      if (nginx.running) return nginx;
      await nginx.close();
      // nginx can't choose a port: before it starts, another process may have taken the chosen one.
      if (attempt === 5 || !nginx.errorLog.includes('Address already in use')) {
        throw new Error(`Expected nginx to start, but it ended: ${nginx.errorLog}`);
      }
    }
  }

  /** The log so far. */
  get errorLog(): string {
    return this.log.join('');
  }

  private get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Kills it at once, with all its connections. */
  async close(): Promise<void> {
    if (this.running) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
    await rm(this.folder, { recursive: true });
  }

  /** Resolves once nginx listens or has exited. */
  private static async launch(executable: string, directives: string, port: number): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'nginx-'));
    await writeFile(join(folder, 'nginx.conf'), configuration(directives, port));
    const child = spawn(executable, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const log: string[] = [];
    const listening = new Promise<void>(resolve => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log.push(text);
        // nginx logs this after it has bound its sockets.
        if (log.join('').includes('event method')) resolve();
      });
    });
    await Promise.race([listening, once(child, 'close')]);
    return new Nginx(`http://127.0.0.1:${port}`, child, folder, log);
  }
}

/**
 * Returns a configuration for a single process, which leaves none behind when it is killed, and only writes files in
 * its own folder.
 */
const configuration = (directives: string, port: number) => `
  daemon off;
  master_process off;
  pid nginx.pid;
  error_log stderr notice;
  load_module ${NCHAN};
  events {}
  http {
    access_log off;
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
      listen 127.0.0.1:${port};
      ${directives}
    }
  }
`;
