// Runs with the sanitizers of `deno test`: a test fails if it leaks a timer, a connection or an operation.
import { firstValueFrom, take, toArray } from 'rxjs';
import { fromEventSource, fromEventSourceLifecycle } from 'rx-sse';
import { fakeEventSource } from 'rx-sse/testing';

declare const Deno: {
  readonly env: { get(name: string): string | undefined };
  test(options: {
    name: string;
    sanitizeOps: boolean;
    sanitizeResources: boolean;
    fn: () => Promise<void> | void;
  }): void;
};

const url = Deno.env.get('STREAM') ?? '';
const leak = Deno.env.get('LEAK') !== undefined;

function equal(actual: unknown, expected: unknown): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new Error(`Expected ${wanted}, but got ${found}`);
}

const test = (name: string, fn: () => Promise<void> | void) =>
  Deno.test({ name, sanitizeOps: true, sanitizeResources: true, fn });

test('a stream from a fake server, unsubscribed while it waits to reconnect', () => {
  const server = fakeEventSource();
  const steps: string[] = [];
  const subscription = fromEventSourceLifecycle('/chat', { fetch: server.fetch }).subscribe(step =>
    steps.push(step.kind),
  );
  server.expectConnection('/chat').open().send({ id: 1, data: 'a' }).end();
  equal(steps, ['connecting', 'open', 'event', 'waiting']);
  subscription.unsubscribe();
  server.verify();
});

test('a stream that is read and unsubscribed', async () => {
  const events = await firstValueFrom(fromEventSource(url).pipe(take(2), toArray()));
  equal(
    events.map(event => event.data),
    ['a', 'b'],
  );
});

if (leak) {
  test('a stream that is never unsubscribed', async () => {
    const stream = fromEventSource(url);
    await new Promise<void>(resolve => stream.subscribe(() => resolve()));
  });
}
