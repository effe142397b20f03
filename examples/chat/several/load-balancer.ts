import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { Program } from './program.js';

/** An nginx on a port of this machine that spreads connections over servers. */
export class LoadBalancer {
  private constructor(
    private readonly program: Program,
    readonly origin: string,
    private readonly folder: string,
  ) {}

  /** Starts one on a free port, in front of the servers on those ports. */
  static async start(ports: readonly number[]): Promise<LoadBalancer> {
    for (let attempt = 1; ; attempt++) {
      const folder = await mkdtemp(join(tmpdir(), 'load-balancer-'));
      const port = await freePort();
      await writeFile(join(folder, 'nginx.conf'), configuration(port, ports));
      try {
        const program = await Program.start({
          executable: findProgram('nginx'),
          args: ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'],
          // Logged after its sockets were bound.
          ready: /event method/,
        });
        return new LoadBalancer(program, `http://127.0.0.1:${port}`, folder);
      } catch (error) {
        await rm(folder, { recursive: true });
        // Between the choice of the port and the start, somebody else may have taken it.
        if (attempt === 5 || !String(error).includes('in use')) throw error;
      }
    }
  }

  /** Ends it with all its connections, at once. */
  async close(): Promise<void> {
    await this.program.end('SIGKILL');
    await rm(this.folder, { recursive: true });
  }
}

/**
 * What a server of event streams needs behind nginx: no buffer, HTTP/1.1, and a timeout that is longer than the pause between two heartbeats. One
 * process, which leaves none behind if it is killed.
 */
const configuration = (port: number, ports: readonly number[]) => `
  daemon off;
  master_process off;
  pid nginx.pid;
  error_log stderr notice;
  events { worker_connections 8192; }
  http {
    access_log off;
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    upstream chat {
      # Where the fewest streams are. A server that doesn't answer is left out for a second.
      least_conn;
      ${ports.map(port => `server 127.0.0.1:${port} max_fails=1 fail_timeout=1s;`).join('\n      ')}
    }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://chat;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_buffering off;
        proxy_connect_timeout 1s;
        proxy_read_timeout 60s;
        add_header X-Served-By $upstream_addr always;
      }
    }
  }
`;
