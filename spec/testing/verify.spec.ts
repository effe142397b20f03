import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Observable, of, share, Subject, switchMap, take } from 'rxjs';
import { type EventSourceOptions, fromEventSource } from '../../src/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';

const THIS_FILE = 'spec/testing/verify.spec.ts';
const LINES = readFileSync(THIS_FILE, 'utf8').split('\n');

/** Returns the line of this file that ends with this comment. */
const lineOf = (mark: string) => LINES.findIndex(line => line.endsWith(`// ${mark}`)) + 1;

/** Returns the message of the error that `verify()` throws, if any. */
function faultOf(server: FakeEventSource): string {
  try {
    server.verify();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

/** Returns the lines of this file that a message names, innermost first. */
const linesIn = (fault: string) =>
  [...fault.matchAll(new RegExp(`${THIS_FILE}:(\\d+):\\d+`, 'g'))].map(([, line]) => Number(line));

const ONCE: EventSourceOptions = { reconnect: false };

describe('verify', () => {
  it('passes if all connections were expected and none is left open', () => {
    const server = fakeEventSource();
    server.verify();
    const events = observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    const connection = server.expectConnection().open();
    events.subscription.unsubscribe();
    expect(connection.state).toBe('closed');
    server.verify();
  });

  it('lists the connections that are left open, with their state and where they were opened', () => {
    const server = fakeEventSource();
    observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    observe(fromEventSource('/b', { ...ONCE, fetch: server.fetch, method: 'POST', lastEventId: '7' }));
    server.expectConnection('/a').open().send('a').comment();
    const [first, a, ...others] = faultOf(server)
      .split('\n')
      .filter(line => !line.startsWith('    at '));
    expect(first).toBe('Expected no connection to be left open, but there is:');
    expect(a).toBe('  GET /a (open, 2 sent), opened');
    expect(others).toEqual(['  POST /b, after "7" (requested, 0 sent), opened']);
  });

  it('reports unexpected connections, even if they are closed', () => {
    const server = fakeEventSource();
    observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch })).subscription.unsubscribe();
    expect(faultOf(server)).toMatch(
      /^Expected no connection besides those expected, but there was:\n {2}GET \/a \(closed, 0 sent\), opened\n {4}at /,
    );
  });

  it('reports all faults together, and the same ones when it is called again', () => {
    const server = fakeEventSource();
    observe(fromEventSource('/left', { ...ONCE, fetch: server.fetch }));
    observe(fromEventSource('/over', { ...ONCE, fetch: server.fetch })).subscription.unsubscribe();
    void server.nextConnection('/never');
    const fault = faultOf(server);
    expect(fault).toMatch(
      /left open, but there is:[^]*\/left[^]*besides those expected[^]*\/over[^]*"\/never"\), but it never came$/,
    );
    expect(fault.match(/\/left/g)).toHaveLength(1);
    expect(faultOf(server)).toBe(fault);
  });

  it('passes again after the open connection has been expected and refused', () => {
    const server = fakeEventSource();
    observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    expect(faultOf(server)).toContain('/a');
    server.expectConnection('/a').refuse(404);
    server.verify();
  });

  it('only requires of a server with a script that no connection is left open', () => {
    const server = fakeEventSource(() => new Subject<string>());
    const { subscription } = observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    expect(faultOf(server)).toMatch(/^Expected no connection to be left open/);
    subscription.unsubscribe();
    server.verify();
  });

  describe('names the line of the application', () => {
    afterEach(() => {
      jest.useRealTimers();
    });

    it('that subscribed', () => {
      const server = fakeEventSource();
      const source = fromEventSource('/a', { ...ONCE, fetch: server.fetch });
      const subscription = source.subscribe(); // subscribes
      const fault = faultOf(server);
      expect(linesIn(fault)).toEqual([lineOf('subscribes')]);
      // No line of the package, RxJS, the test runner or Node.
      expect(fault.split('\n').slice(2)).toEqual([expect.stringContaining(THIS_FILE)]);
      subscription.unsubscribe();
    });

    it('that subscribed, and its callers', () => {
      const server = fakeEventSource();
      const connect = () => fromEventSource('/a', { ...ONCE, fetch: server.fetch }).subscribe(); // connects
      const subscription = connect(); // calls
      expect(linesIn(faultOf(server))).toEqual([lineOf('connects'), lineOf('calls')]);
      subscription.unsubscribe();
    });

    it('that subscribed to a shared stream', () => {
      const server = fakeEventSource();
      const shared = fromEventSource('/a', { ...ONCE, fetch: server.fetch }).pipe(share());
      const subscription = shared.subscribe(); // subscribes to the shared
      subscription.add(shared.subscribe());
      expect(linesIn(faultOf(server))).toEqual([lineOf('subscribes to the shared')]);
      subscription.unsubscribe();
    });

    it('that made switchMap switch', () => {
      const server = fakeEventSource();
      const room = new Subject<string>();
      const subscription = room
        .pipe(switchMap(name => fromEventSource(`/${name}`, { ...ONCE, fetch: server.fetch })))
        .subscribe();
      room.next('a');
      room.next('b'); // switches
      server.expectConnection('/a');
      const fault = faultOf(server);
      expect(fault).toMatch(/GET \/b/);
      expect(fault).not.toMatch(/GET \/a/);
      expect(linesIn(fault)).toEqual([lineOf('switches')]);
      subscription.unsubscribe();
    });

    it('in between, as in a custom operator', () => {
      const server = fakeEventSource();
      const source = fromEventSource('/a', { ...ONCE, fetch: server.fetch });
      const own = new Observable(subscriber => source.subscribe(subscriber)); // passes on
      const subscription = own.subscribe(); // subscribes to its own
      expect(linesIn(faultOf(server))).toEqual([lineOf('passes on'), lineOf('subscribes to its own')]);
      subscription.unsubscribe();
    });

    it('that advanced the fake clock when it reconnected', () => {
      jest.useFakeTimers();
      const server = fakeEventSource();
      const { subscription } = observe(fromEventSource('/a', { fetch: server.fetch, reconnect: { jitter: 0 } }));
      server.expectConnection().open().end();
      jest.advanceTimersByTime(3000); // passes time
      expect(linesIn(faultOf(server))).toEqual([lineOf('passes time')]);
      subscription.unsubscribe();
    });

    it('unless there is none, because a timer reconnected', async () => {
      const server = fakeEventSource();
      const { subscription } = observe(fromEventSource('/a', { fetch: server.fetch, reconnect: { delay: 0 } }));
      server.expectConnection().open().end();
      await server.nextConnection();
      expect(faultOf(server)).toBe(
        [
          'Expected no connection to be left open, but there is:',
          '  GET /a (requested, 0 sent), opened',
          '    not by your code directly, but by a timer or a response, usually to reconnect',
        ].join('\n'),
      );
      subscription.unsubscribe();
    });
  });

  it('leaves the limit of stack traces unchanged', () => {
    const { stackTraceLimit } = Error;
    const server = fakeEventSource(() => of('a'));
    observe(fromEventSource('/a', { fetch: server.fetch }).pipe(take(1)));
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});
