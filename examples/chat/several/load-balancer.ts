import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { Program } from './program.js';

/** An nginx on a port of this machine that distributes connections over servers. */
export class LoadBalancer {
  private constructor(
    private readonly program: Program,
    readonly origin: string,
    private readonly folder: string,
  ) {}

  /** Starts nginx on a free port, in front of the servers on these ports. */
  static async start(ports: readonly number[]): Promise<LoadBalancer> {
    for (let attempt = 1; ; attempt++) {
      const folder = await mkdtemp(join(tmpdir(), 'load-balancer-'));
      const port = await freePort();
      await writeFile(join(folder, 'nginx.conf'), configuration(port, ports));
      try {
        const program = await Program.start({
          executable: findProgram('nginx'),
          args: ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'],
          // nginx logs this after it has bound its sockets.
          ready: /event method/,
        });
        return new LoadBalancer(program, `http://127.0.0.1:${port}`, folder);
      } catch (error) {
        await rm(folder, { recursive: true });
        // Another process may have taken the port meanwhile.
        if (attempt === 5 || !String(error).includes('in use')) throw error;
      }
    }
  }

  /** Stops it at once, with all its connections. */
  async close(): Promise<void> {
    await this.program.end('SIGKILL');
    await rm(this.folder, { recursive: true });
  }
}

/**
 * The settings for event streams: no buffering, HTTP/1.1, and a timeout that is longer than the pause between two
 * heartbeats. With a single process, none is left if it's killed.
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
      # Chooses the server with the fewest streams. Skips a server that doesn't respond for a second.
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
