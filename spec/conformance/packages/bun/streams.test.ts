// Run by `bun test`.
import { expect, test } from 'bun:test';
import { firstValueFrom, take, toArray } from 'rxjs';
import { fromEventSource, fromEventSourceLifecycle } from 'rx-sse';
import { fakeEventSource } from 'rx-sse/testing';

test('a stream from a fake server, unsubscribed while it waits to reconnect', () => {
  const server = fakeEventSource();
  const steps: string[] = [];
  const subscription = fromEventSourceLifecycle('/chat', { fetch: server.fetch }).subscribe(step =>
    steps.push(step.kind),
  );
  server.expectConnection('/chat').open().send({ id: 1, data: 'a' }).end();
  expect(steps).toEqual(['connecting', 'open', 'event', 'waiting']);
  subscription.unsubscribe();
  server.verify();
});

test('a stream that is read and unsubscribed', async () => {
  const events = await firstValueFrom(fromEventSource(process.env.STREAM ?? '').pipe(take(2), toArray()));
  expect(events.map(event => event.data)).toEqual(['a', 'b']);
});
