import { afterEach, beforeEach } from '@jest/globals';
import { type Backpressure, readBody } from '../../src/connection/read-body.js';
import { EventSourceTimeoutError } from '../../src/index.js';
import { FakeBody } from '../../src/testing/fake-body.js';
import { type Observed, observe } from '../support/observe.js';
import { VirtualMachine } from '../support/virtual-machine.js';

/** The machine of the current test. */
export let machine: VirtualMachine;
/** The body that is read. */
export let body: FakeBody;
/** The stream of its chunks, as text. */
export let stream: Observed<string>;
beforeEach(() => {
  machine = new VirtualMachine();
  body = new FakeBody();
});
afterEach(() => {
  stream.subscription.unsubscribe();
  machine.switchOff();
});

/** Starts to read the body, or `another` one, with this `idleTimeout`. */
export const read = (idleTimeout: number | 'auto' | undefined, backpressure?: Backpressure, another = body) => {
  body = another;
  const response = { status: 200, url: '', headers: new Headers(), body };
  stream = observe(
    readBody<string>(
      response,
      'http://host/s?token=secret',
      {
        read: (chunk, subscriber) => {
          const text = new TextDecoder().decode(chunk as Uint8Array);
          subscriber.next(text);
          return text.startsWith(':');
        },
      },
      { scheduler: machine, idleTimeout },
      backpressure,
    ),
  );
};
const send = (text: string) => body.push(new TextEncoder().encode(text));
export const event = () => send('data');
export const heartbeat = () => send(': heartbeat');
/** Sends a heartbeat after each of the pauses. */
export const beatsAfter = (...pauses: number[]) => {
  for (const pause of pauses) {
    machine.pass(pause);
    heartbeat();
  }
};
/** Returns the message of the timeout that ended the stream, or undefined. */
export const end = (): string | undefined => {
  if (stream.status === 'live') return undefined;
  if (!(stream.error instanceof EventSourceTimeoutError)) throw stream.error;
  if (machine.timers > 0) throw new Error('A timer is left');
  return stream.error.message;
};

/** Holds the next read back until `goOn` is called. */
export const holding = () => {
  const waiting: (() => unknown)[] = [];
  const backpressure: { pending: PromiseLike<unknown> | undefined } = { pending: undefined };
  return {
    backpressure,
    hold: () => {
      backpressure.pending = { then: (goOn: () => unknown) => waiting.push(goOn) } as unknown as Promise<unknown>;
    },
    goOn: () => {
      backpressure.pending = undefined;
      waiting.splice(0).forEach(goOn => goOn());
    },
  };
};
