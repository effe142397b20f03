import type { Stage } from './behaviour.js';

/** The time limit for something that other engines do at once, in milliseconds. */
const PATIENCE = 2000;

/** Find missing capabilities of an engine by its own `fetch`, not by its name. Each returns what is in the way, or undefined. */
export const PROBES: Readonly<Record<string, (stage: Stage) => Promise<string | undefined>>> = {
  async headers(stage) {
    const script = await stage.script({ steps: ['hold', { send: 'x' }] });
    const answer = request(stage, script.url);
    const first = await Promise.race([answer, after(PATIENCE, 'late')]);
    await script.go();
    await (await (answer as Promise<Response>)).text();
    return first === 'late' ? 'its fetch answers at the first byte of the body' : undefined;
  },

  async 'header-bytes'(stage) {
    const script = await stage.script();
    // The library sends an id like this: each byte of its UTF-8 as a character.
    await request(stage, script.url, { 'last-event-id': '\u00c3\u00a9' });
    const [seen] = (await script.seen(1)).requests;
    if (seen?.lastEventId === 'é') return undefined;
    try {
      new Headers({ 'last-event-id': '\u0100' });
      return undefined;
    } catch {
      return 'its fetch writes the characters of a header as UTF-8, and its Headers take bytes only';
    }
  },

  async 'cache-mode'(stage) {
    const { fetch } = stage.engine;
    if (!fetch) return undefined;
    const script = await stage.script();
    await fetch(script.url, { cache: 'no-store' });
    const [seen] = (await script.seen(1)).requests;
    return seen?.headers['cache-control'] === 'no-cache' ? undefined : 'it is given a fetch that knows no cache mode';
  },

  async truncation(stage) {
    const script = await stage.script({ steps: [{ send: 'x' }, 'hold', 'cut'] });
    const response = (await request(stage, script.url)) as Response;
    const text = response.text().then(
      () => 'its fetch takes a connection that is closed within a body for the end of the body',
      () => undefined,
    );
    await script.go();
    return text;
  },

  'ignore-bom': () =>
    Promise.resolve(
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.of(0xef, 0xbb, 0xbf)) === ''
        ? 'its TextDecoder takes away each byte order mark, not only the first'
        : undefined,
    ),

  'transform-stream': () =>
    Promise.resolve(typeof TransformStream === 'function' ? undefined : 'it has no TransformStream'),
};

const request = (stage: Stage, url: string, headers: Record<string, string> = {}) =>
  Promise.resolve((stage.engine.fetch ?? fetch)(url, { headers }));

const after = <T>(milliseconds: number, value: T) =>
  new Promise<T>(resolve => setTimeout(() => resolve(value), milliseconds));
