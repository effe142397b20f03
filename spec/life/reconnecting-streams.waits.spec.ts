import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, Subject } from 'rxjs';
import type { Attempt, Flush, ReconnectPolicy } from '../../src/index.js';
import { ofKind } from '../support/observe.js';
import { VirtualPage } from '../support/virtual-page.js';
import { ends, status, virtualStream } from '../support/virtual-stream.js';
import { exact, lost } from './exact-policy.js';

const HOUR = 3_600_000;

describe('the `retry:` of the server', () => {
  const retryTimes = async (text: string, policy: ReconnectPolicy<Attempt> = {}) => {
    const stream = virtualStream([ends(text), ends(), ends()], exact(policy));
    const values = await stream.completed();
    return { items: values.filter(ofKind('retry-time')).map(item => item.milliseconds), waits: stream.waits() };
  };

  it('replaces the delay, and grows by the factor', async () => {
    expect(await retryTimes('retry: 500\n\n')).toEqual({ items: [500], waits: [500, 1000, 2000] });
    expect(await retryTimes('retry: 500\n\n', { factor: 3 })).toEqual({ items: [500], waits: [500, 1500, 4500] });
    expect(await retryTimes('retry: 5000\ndata: a\n\n')).toEqual({ items: [5000], waits: [5000, 10_000, 20_000] });
  });

  it('is clamped [pitfall 11]', async () => {
    expect(await retryTimes('retry: 0\n\n')).toEqual({ items: [100], waits: [100, 200, 400] });
    const capped = { items: [HOUR], waits: [HOUR, HOUR, HOUR] };
    expect(await retryTimes('retry: 99999999999999999999\n\n')).toEqual(capped);
    expect(await retryTimes(`retry: ${'9'.repeat(400)}\n\n`)).toEqual(capped);
    const asked = { items: [99_999], waits: [99_999, 99_999, 99_999] };
    expect(await retryTimes('retry: 99999\n\n', { maxDelay: 4000 })).toEqual(asked);
    expect(await retryTimes('retry: 0\n\n', { delay: 20 })).toMatchObject({ items: [20] });
  });

  it.each(['40abc', '-5', '1e3', '', '1.5', ' 500', '٣'])('is ignored if it is %p [pitfall 11]', async value => {
    expect(await retryTimes(`retry: ${value}\n\n`)).toEqual({ items: [], waits: [3000, 6000, 12_000] });
  });

  it('is accepted or ignored by `serverDelay`', async () => {
    const own = { items: [], waits: [3000, 6000, 12_000] };
    expect(await retryTimes('retry: 500\n\n', { serverDelay: false })).toEqual(own);

    const asked: number[] = [];
    const serverDelay = (milliseconds: number) => (asked.push(milliseconds), milliseconds >= 1000);
    expect(await retryTimes('retry: 500\n\n', { serverDelay })).toEqual(own);
    expect(await retryTimes('retry: 1000\nretry: 500\n\n', { serverDelay })).toMatchObject({ items: [1000] });
    expect(asked).toEqual([500, 1000, 500]);
  });

  it('is ignored with a `delay` function', async () => {
    const delay = ({ count }: Attempt) => count;
    expect(await retryTimes('retry: 500\n\n', { delay })).toEqual({ items: [], waits: [1, 2, 3] });
  });

  it('ends the stream with the error that `serverDelay` throws', async () => {
    const serverDelay = () => {
      throw new RangeError('mine');
    };
    const stream = virtualStream([ends('data: a\n\nretry: 500\n\n')], exact({ serverDelay }));
    expect(await stream.failed()).toEqual(new RangeError('mine'));
    expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event']);
  });
});

describe('Retry-After', () => {
  const date = 'Wed, 21 Oct 2099 07:28:00 GMT';

  it.each<[string, Record<string, string>, number]>([
    ['seconds', { 'retry-after': '120' }, 120_000],
    ['a date, by the clock of the server', { 'retry-after': 'Wed, 21 Oct 2099 07:28:30 GMT', date }, 30_000],
    [
      'a date, by the clock of the client if the server sends no `Date`',
      { 'retry-after': 'Thu, 01 Jan 1970 00:00:10 GMT' },
      10_000,
    ],
    ['less than the policy’s wait', { 'retry-after': '2' }, 3000],
    ['0', { 'retry-after': '0' }, 3000],
    ['a date that has passed', { 'retry-after': 'Wed, 21 Oct 2099 07:27:00 GMT', date }, 3000],
    ['more than an hour', { 'retry-after': '86400' }, HOUR],
    ['years', { 'retry-after': '99999999999999999999' }, HOUR],
    ['a date that is years ahead', { 'retry-after': 'Sat, 21 Oct 2119 07:28:00 GMT', date }, HOUR],
    ['a word', { 'retry-after': 'soon' }, 3000],
    ['a negative number', { 'retry-after': '-120' }, 3000],
    ['a fraction', { 'retry-after': '120.5' }, 3000],
    ['a unit', { 'retry-after': '120s' }, 3000],
    ['an empty value', { 'retry-after': '' }, 3000],
  ])('of %s sets only the next wait, if it is longer [pitfall 15]', async (_name, headers, wait) => {
    const stream = virtualStream([status(503, headers), status(503)], exact());
    await stream.completed();
    expect(stream.waits()).toEqual([wait, 6000]);
  });

  it('may be longer than `maxDelay`', async () => {
    const stream = virtualStream([status(429, { 'retry-after': '60' })], exact({ maxDelay: 100 }));
    await stream.completed();
    expect(stream.waits()).toEqual([60_000]);
  });

  it('is ignored with a final status', async () => {
    expect(await virtualStream([status(404, { 'retry-after': '60' })]).failed()).toMatchObject({ status: 404 });
  });
});

describe('wake', () => {
  it('is the `online` event by default, and has listeners only during waits [pitfall 19]', async () => {
    const page = new VirtualPage();
    try {
      let heard = 0;
      const stream = virtualStream([lost(), lost(), ends('data: a\n\n')], exact(), scheduler => {
        heard += page.listenersFor('online');
        scheduler.schedule(() => page.setOnline(true), 1000);
        scheduler.flush();
      });
      expect(page.listenersFor('online')).toBe(0);
      await stream.completed();
      expect(stream.times()).toEqual([0, 1000, 2000, 3000]);
      expect(stream.waits()).toEqual([3000, 6000, 3000]);
      expect(heard).toBe(3);
      expect(page.listeners).toBe(0);
    } finally {
      page.remove();
    }
  });

  it('doesn’t affect a live stream [pitfall 19]', async () => {
    const wake = new Subject<void>();
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const answer = new Response(body.readable, { headers: { 'content-type': 'text/event-stream' } });
    const stream = virtualStream([answer], { reconnect: { wake } });
    await stream.find(ofKind('open'));
    wake.next();
    await writer.write(new TextEncoder().encode('data: still here\n\n'));
    await stream.find(ofKind('event'));
    expect(stream.requests).toHaveLength(1);
    stream.subscription.unsubscribe();
  });

  it('ignores a value from before the wait', async () => {
    const stream = virtualStream([lost()], exact({ wake: new BehaviorSubject(true) }));
    await stream.completed();
    expect(stream.times()).toEqual([0, 3000]);
  });

  it('may emit as soon as `waiting` is delivered', async () => {
    const wake = new Subject<void>();
    // It emits after every step, and takes effect during the wait.
    const deliver = (flush: Flush) => {
      flush();
      wake.next();
    };
    const stream = virtualStream([lost()], { ...exact({ wake }), deliver });
    await stream.completed();
    expect(stream.times()).toEqual([0, 0]);
  });
});
