import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { application } from '../cli/doctor/application.js';
import { examine, findingOf, wrongIn } from '../cli/doctor/examine.js';
import { Nginx } from '../support/nginx.js';
import { SseServer } from '../support/sse-server.js';

/** The ways in which nginx forwards requests, as in docs/proxies.md. */
const locations = (application: string) => {
  const http11 = "proxy_http_version 1.1; proxy_set_header Connection '';";
  const gzip = 'gzip on; gzip_types text/event-stream; gzip_min_length 1;';
  return `
    # The default before nginx 1.29.7.
    proxy_http_version 1.0;
    location = /http1.0 { proxy_pass ${application}; }
    location = /http1.1+gzip { proxy_pass ${application}; ${http11} ${gzip} }
    location = /unbuffered { proxy_pass ${application}; proxy_buffering off; }
    location = /unbuffered+gzip { proxy_pass ${application}; proxy_buffering off; ${gzip} }
  `;
};

/** Events that fill an nginx buffer several times per second. */
const large = { event: (n: number) => `id: ${n}\ndata: ${'x'.repeat(400)}\n\n` };

describe('rx-sse doctor behind nginx', () => {
  let nginx: Nginx;
  let servers: Record<'large' | 'small' | 'unbuffered', SseServer>;
  const start = async (server: SseServer) => {
    nginx = await Nginx.start(locations(server.url));
    return nginx.origin;
  };
  beforeEach(async () => {
    servers = {
      large: await SseServer.start(application(large)),
      small: await SseServer.start(application()),
      unbuffered: await SseServer.start(application({ ...large, headers: { 'x-accel-buffering': 'no' } })),
    };
  });
  afterEach(async () => {
    await nginx.close();
    for (const server of Object.values(servers)) await server.close();
  });

  it('reports buffering, and names nginx as the cause', async () => {
    const report = await examine(`${await start(servers.large)}/http1.0`, { watch: 1500 });
    expect(wrongIn(report)).toEqual(['buffering: problem']);
    const { says, cure } = findingOf(report, 'buffering');
    expect(says).toMatch(/stop in the middle of an event.*nginx/);
    expect(cure).toMatch(/X-Accel-Buffering: no.*proxy_buffering off;/);
  });

  it('reports that events that don’t fill a buffer are held, with their headers', async () => {
    const report = await examine(`${await start(servers.small)}/http1.0`, { watch: 400 });
    expect(wrongIn(report)).toEqual(['headers: problem']);
    expect(findingOf(report, 'headers').cure).toMatch(/proxy_buffering off;/);
  });

  it('reports that gzip holds events that would arrive without it', async () => {
    const report = await examine(`${await start(servers.small)}/http1.1+gzip`, { watch: 400 });
    expect(wrongIn(report)).toEqual(['headers: problem']);
    expect(findingOf(report, 'headers')).toMatchObject({ says: expect.stringMatching(/A compressor holds/) });
  });

  it('reports no problem without buffering', async () => {
    expect(wrongIn(await examine(`${await start(servers.large)}/unbuffered`))).toEqual([]);
  });

  it('reports no problem with X-Accel-Buffering: no', async () => {
    expect(wrongIn(await examine(`${await start(servers.unbuffered)}/http1.0`))).toEqual([]);
  });

  it('warns about gzip even if it works', async () => {
    expect(wrongIn(await examine(`${await start(servers.large)}/unbuffered+gzip`))).toEqual(['compression: warning']);
  });
});
