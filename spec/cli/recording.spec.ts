import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { lastValueFrom, toArray } from 'rxjs';
import { parseRecording, type RecordedItem } from '../../src/cli/recording.js';
import { fromEventSourceLifecycle } from '../../src/index.js';
import { freePort } from '../../examples/chat/several/free-port.js';
import { observe } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { type Running, useCommand } from './command.js';

describe('rx-sse record and serve', () => {
  const command = useCommand();
  let folder: string;
  let server: SseServer;
  let playing: Running | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rx-sse-recording-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    playing = undefined;
    server = await SseServer.start(exchange => {
      exchange
        .open()
        .send('retry: 120\n\n: hello\n\nid: 1\ndata: a\n\nevent: price\ndata: b\n\nid: 3\ndata: two\ndata: lines\n\n');
    });
  });
  afterEach(() => server.close());

  /** Plays a recording of these items, or of the server's stream. Returns the URL. */
  async function play(args: readonly string[], items?: readonly RecordedItem[]): Promise<string> {
    const file = join(folder, `${Math.random()}.jsonl`);
    if (items) await writeFile(file, items.map(item => `${JSON.stringify(item)}\n`).join(''));
    else await command.start(['record', '--count', '3', server.origin, file]).ended;
    playing = command.start(['serve', ...args, file]);
    const [, url = ''] = await playing.printed(/ at (http:\S+)/);
    return url;
  }

  const numbered = (count: number, between = 0): RecordedItem[] =>
    Array.from({ length: count }, (_, index) => ({
      at: index * between,
      event: { type: 'message', data: `${index + 1}`, id: `${index + 1}` },
    }));

  it('records each item with its time, and an id only if it changes', async () => {
    const file = join(folder, 'stream.jsonl');
    const { code, stderr } = await command.start(['record', '--count', '3', server.origin, file]).ended;
    expect([code, stderr]).toEqual([0, `3 events recorded in ${file}\n`]);
    const [head = '', ...lines] = (await readFile(file, 'utf8')).trim().split('\n');
    expect(JSON.parse(head)).toMatchObject({ recording: 1, url: `${server.origin}/` });
    const items = lines.map(line => JSON.parse(line) as RecordedItem);
    for (const { at } of items) expect(at).toBeGreaterThanOrEqual(0);
    expect(items.map(item => ({ ...item, at: undefined }))).toEqual([
      { retry: 120 },
      { comment: 'hello' },
      { event: { type: 'message', data: 'a', id: '1' } },
      { event: { type: 'price', data: 'b' } },
      { event: { type: 'message', data: 'two\nlines', id: '3' } },
    ]);
  });

  it('replays a recorded stream as it was', async () => {
    const url = await play([]);
    const steps = observe(fromEventSourceLifecycle(url));
    const came = (await steps.first(7)).slice(2).map(step => (step.kind === 'event' ? step.event : step));
    expect(came).toEqual([
      { kind: 'retry-time', milliseconds: 120 },
      { kind: 'comment', text: 'hello' },
      { type: 'message', data: 'a', lastEventId: '1' },
      { type: 'price', data: 'b', lastEventId: '1' },
      { type: 'message', data: 'two\nlines', lastEventId: '3' },
    ]);
  });

  it('keeps the times between events, divided by --speed', async () => {
    const url = await play(['--speed', '10'], numbered(4, 1000));
    const started = performance.now();
    const steps = observe(fromEventSourceLifecycle(url));
    await steps.find(step => step.kind === 'event' && step.event.data === '4');
    const time = performance.now() - started;
    expect(time).toBeGreaterThan(290);
    expect(time).toBeLessThan(2500);
  });

  it('continues after a Last-Event-ID, and responds with no content after the end of the recording', async () => {
    const url = await play(['--speed', '0'], [{ at: 0, retry: 1 }, ...numbered(5)]);
    const steps = await lastValueFrom(fromEventSourceLifecycle(url, { lastEventId: '3' }).pipe(toArray()));
    const kinds = steps.map(step => (step.kind === 'event' ? step.event.data : step.kind));
    expect(kinds).toEqual(['connecting', 'open', '4', '5', 'waiting', 'connecting', 'closed']);
  });

  it('supports ids with any letters, and a HEAD request', async () => {
    const items = ['é1', '日本', '3'].map(id => ({ at: 0, event: { type: 'message', data: id, id } }));
    const url = await play(['--speed', '0', '--loop', '--cut-every', '1'], [{ at: 0, retry: 1 }, ...items]);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    const { stdout } = await command.start(['--data', '--count', '4', url]).ended;
    expect(stdout).toBe('é1\n日本\n3\né1\n');
  });

  it('emits a gap for an unknown id', async () => {
    const url = await play(['--speed', '0'], numbered(2));
    const steps = observe(fromEventSourceLifecycle(url, { lastEventId: 'other' }));
    expect((await steps.first(5)).slice(2)).toMatchObject([
      { kind: 'gap', requested: 'other', resumed: '' },
      { event: { data: '1' } },
      { event: { data: '2' } },
    ]);
  });

  it('cuts each connection after --cut-every events, and a client that resumes receives each event once', async () => {
    const url = await play(['--speed', '0', '--cut-every', '3'], [{ at: 0, retry: 1 }, ...numbered(10)]);
    const { stdout } = await command.start(['--data', '--count', '10', url]).ended;
    expect(stdout).toBe('1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n');
  });

  it('repeats the recording with --loop, with different ids in each round', async () => {
    const url = await play(['--speed', '0', '--loop', '--cut-every', '2'], [{ at: 0, retry: 1 }, ...numbered(3)]);
    const { stdout } = await command.start(['--json', '--count', '8', url]).ended;
    const events = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { data: string; lastEventId: string });
    expect(events.map(({ data }) => data)).toEqual(['1', '2', '3', '1', '2', '3', '1', '2']);
    expect(events.map(({ lastEventId }) => lastEventId)).toEqual(['1', '2', '3', '1~2', '2~2', '3~2', '1~3', '2~3']);
  });

  it('allows pages of other origins, and ends with its connections on a signal', async () => {
    const url = await play([], numbered(3, 60_000));
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { 'access-control-request-headers': 'last-event-id' },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toBe('last-event-id');
    const answer = await fetch(url);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    // The header that reports a gap.
    expect(answer.headers.get('access-control-expose-headers')).toBe('Last-Event-ID');
    playing?.kill('SIGTERM');
    expect(await playing?.ended).toMatchObject({ code: 143, stderr: '' });
    await expect(answer.text()).rejects.toThrow('terminated');
  });

  it('listens on the --port and the --host', async () => {
    const port = await freePort();
    const url = await play(['--speed', '0', '--port', `${port}`, '--host', '0.0.0.0'], numbered(1));
    expect(url).toBe(`http://0.0.0.0:${port}/`);
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(await answer.text()).toBe('id: 1\ndata: 1\n\n');
  });

  it('listens on 127.0.0.1 by default, and reports a port that is taken', async () => {
    const file = join(folder, 'taken.jsonl');
    await writeFile(file, '{"at":0,"comment":"a"}\n');
    expect(await play([], numbered(1))).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const { code, stdout, stderr } = await command.start(['serve', '--port', `${server.port}`, file]).ended;
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toMatch(/^rx-sse: Can't listen: .*EADDRINUSE/);
  });

  it.each(['70000', '-1', 'http'])('refuses %j as a port', async port => {
    const { code, stderr } = await command.start(['serve', `--port=${port}`, 'file']).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(`Expected a whole number for --port, from 0 to 65535, but got '${port}'`);
  });

  it.each<[string, RegExp]>([
    ['', /nothing recorded/],
    ['{"recording":1}\n', /nothing recorded/],
    ['{"at":0,"comment":"a"}\n{"at":"soon"}\n', /Line 2/],
    ['hello\n', /Line 1/],
    ['{"at":0,"event":{"type":"a"}}\n', /Line 1/],
    ['{"at":-1,"comment":"a"}', /Line 1/],
    ['null', /Line 1/],
  ])('refuses %j as a recording', (text, reason) => {
    expect(() => parseRecording(text)).toThrow(reason);
  });
});
