import { describe, expect, it } from '@jest/globals';
import { fakeEventSource } from '../../src/testing/index.js';
import { connect } from './connect.js';

describe('the response in `validate`', () => {
  const EVENT_STREAM = { 'content-type': 'text/event-stream' };

  it('has a status, a url, headers and an unused body', () => {
    const seen: unknown[] = [];
    const { connection, events } = connect({
      validate: ({ ok, status, statusText, url, headers, bodyUsed }) => {
        seen.push(ok, status, statusText, url, headers.get('CONTENT-TYPE'), bodyUsed);
      },
    });
    connection.open().send('a');
    expect(seen).toEqual([true, 200, '', '/chat', 'text/event-stream', false]);
    expect(events.values).toHaveLength(1);
  });

  it('returns its text within the same call', () => {
    const { connection, events } = connect({
      validate: response =>
        response.text().then(text => {
          throw new Error(`${response.ok} ${response.url} ${response.bodyUsed} ${text}`);
        }),
    });
    connection.refuse(200, { url: '/elsewhere', body: 'té', headers: EVENT_STREAM });
    expect(events.error).toEqual(new Error('true /elsewhere true té'));
  });

  it('returns its JSON, with `await`', async () => {
    const { connection, events } = connect({
      validate: async response => {
        const { why } = (await response.json()) as { why: string };
        throw new Error(why);
      },
    });
    connection.refuse(200, { body: '{"why":"members only"}', headers: EVENT_STREAM });
    expect(await events.failed()).toEqual(new Error('members only'));
  });

  it('returns the text of a stream after its end, even if cut within a character', () => {
    const { connection, events } = connect({
      validate: response =>
        response.text().then(text => {
          throw new Error(text);
        }),
    });
    connection.open().raw(Uint8Array.of(0xc3)).raw(Uint8Array.of(0xa9)).end();
    expect(events.error).toEqual(new Error('é'));
  });

  it('rejects the text of a body that breaks, was read already, or is locked, and JSON that is invalid', async () => {
    const server = fakeEventSource();
    const ask = () => server.fetch('/a', {}) as Promise<Response>;
    const broken = ask();
    server.expectConnection().open().raw('a').break('gone');
    await expect((await broken).text()).rejects.toBe('gone');
    const used = ask();
    server.expectConnection().refuse(404, { body: 'a' });
    expect(await (await used).text()).toBe('a');
    await expect((await used).json()).rejects.toThrow('already read');
    const locked = ask();
    server.expectConnection().open();
    (await locked).body?.getReader();
    await expect((await locked).text()).rejects.toThrow('already read');
    const none = ask();
    server.expectConnection().refuse(204);
    expect((await none).body).toBeNull();
    expect(await (await none).text()).toBe('');
    const noJson = ask();
    server.expectConnection().refuse(500, { body: '<html>' });
    await expect((await noJson).json()).rejects.toThrow(SyntaxError);
  });
});
