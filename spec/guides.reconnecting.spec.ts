/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { wrongStatus } from '#texts';
import { expect } from '@jest/globals';
import type { Subject } from 'rxjs';
import type { FetchLike } from '../src/index.js';
import { authentication } from './support/authentication.js';
import { Clock } from './support/clock.js';
import { onPage } from './support/on-page.js';
import { requests } from './support/requests.js';
import { describeExamples, type Scenario } from './support/run-examples.js';
import { until } from './support/until.js';

/** Runs an example that gives up on a connection after 10 s without headers, and after 45 s of silence. */
const connectsWithin10sAndWaits45s =
  (heading: string): Scenario =>
  async run => {
    const clock = new Clock();
    const requestedAt: number[] = [];
    const spy: FetchLike = (url, init: RequestInit) => {
      requestedAt.push(clock.now());
      return fetch(url, init);
    };
    await run.execute(heading, { options: { scheduler: clock, fetch: spy } });
    await run.server.exchange(0);
    // The server doesn't respond. The default wait that follows is at most 3 s.
    clock.advanceTo(13_000);
    await run.open(1, 'data: a\n\n');
    await run.logged(1);
    const openedAt = clock.now();
    clock.advanceTo(openedAt + 48_000);
    await run.server.exchange(2);
    const [, second = 0, third = 0] = requestedAt;
    expect(second).toBeGreaterThanOrEqual(10_000);
    expect(third - openedAt).toBeGreaterThanOrEqual(45_000);
    expect(requestedAt).toHaveLength(3);
  };

describeExamples('docs/reconnecting.md', {
  'Give up': async ({ execute, server, logged }) => {
    await execute('Give up');
    for (let index = 0; index < 6; index++) (await server.exchange(index)).refuse(503);
    expect(await logged(1)).toEqual([expect.stringContaining(`gave up: ResponseStatusError: ${wrongStatus(503)}`)]);
    expect(server.exchanges).toHaveLength(6);
  },

  Waits: async run => {
    const waits: number[] = [];
    for (const [index, example] of ['Waits', 'Waits 2'].entries()) {
      const clock = new Clock();
      const first = run.server.exchanges.length;
      await run.execute(example, { options: { scheduler: clock } });
      (await run.server.exchange(first)).refuse(503);
      await run.logged(2 * index + 1);
      await requests(run, clock, first + 2);
      (await run.server.exchange(first + 1)).refuse(503);
      await run.logged(2 * index + 2);
      await run.end();
    }
    for (const line of run.log) waits.push(Number(/^attempt [12] in (\d+) ms$/.exec(line)?.[1]));
    const [first = 0, second = 0, ...own] = waits;
    expect(first).toBeGreaterThanOrEqual(450);
    expect(first).toBeLessThanOrEqual(500);
    expect(second).toBeGreaterThanOrEqual(675);
    expect(second).toBeLessThanOrEqual(750);
    expect(own).toEqual([0, 10_000]);
  },

  'Only after some failures': async run => {
    const { server, execute, open, logged } = run;
    const clock = new Clock();
    await execute('Only after some failures', { options: { scheduler: clock } });
    (await server.exchange(0)).refuse(404);
    await requests(run, clock, 2);
    expect(clock.now()).toBeLessThanOrEqual(3000);
    const job = await open(1, 'data: a\n\n');
    await logged(1);
    job.cut();
    await requests(run, clock, 3);
    (await server.exchange(2)).refuse(503);
    await requests(run, clock, 4);
    (await server.exchange(3)).refuse(500);
    expect(await logged(2)).toEqual(['a', expect.stringContaining(wrongStatus(500))]);
  },

  'End a wait': async ({ execute, server, open }) => {
    const clock = new Clock();
    const [window, tryAgain] = [new EventTarget(), new EventTarget()];
    const globals = { window, document: { querySelector: () => tryAgain } };
    await execute('End a wait', { globals, options: { scheduler: clock } });
    for (const [index, [target, type]] of Object.entries([
      [tryAgain, 'click'],
      [window, 'online'],
    ] as const)) {
      (await open(Number(index), ': hi\n\n')).cut();
      await until(() => clock.timers === 1);
      target.dispatchEvent(new Event(type));
      await server.exchange(Number(index) + 1);
      expect(clock.timers).toBe(0);
    }
    expect(clock.now()).toBe(0);
  },

  'What the server asks for': async run => {
    const clock = new Clock();
    await run.execute('What the server asks for', { options: { scheduler: clock } });
    const first = await run.open(0, 'retry: 500\n\ndata: a\n\n');
    await run.logged(1);
    first.end();
    await until(() => clock.timers === 1);
    // The default of 3000 ms, minus up to half of it.
    clock.advanceTo(1499);
    expect(clock.timers).toBe(1);
    await requests(run, clock, 2);
    const second = await run.open(1, 'retry: 1000\n\ndata: b\n\n');
    await run.logged(2);
    const before = clock.now();
    second.end();
    await until(() => clock.timers === 1);
    // The server's `retry` is the minimum, and jitter adds up to half of it.
    clock.advanceTo(before + 999);
    expect(clock.timers).toBe(1);
    clock.advanceTo(before + 1500);
    await run.server.exchange(2);
  },

  'When the server ends it': async ({ execute, server, open, logged }) => {
    const at = (hour: number) => ({
      globals: {
        Date: class {
          getHours = () => hour;
        },
      },
    });
    await execute('When the server ends it', at(3));
    (await open(0, 'data: a\n\n')).end();
    await open(1, 'data: b\n\n');
    await logged(2);
    await execute('When the server ends it', at(12));
    (await open(2, 'data: c\n\n')).end();
    expect(await logged(4)).toEqual(['a', 'b', 'c', 'the news is over']);
    expect(server.exchanges).toHaveLength(3);
  },

  'A stream that has an end': async ({ execute, open, logged }) => {
    await execute('A stream that has an end');
    (await open(0, 'id: 1\ndata: a\n\n')).end();
    const second = await open(1, 'id: 2\ndata: b\n\nevent: done\ndata: c\n\n');
    expect(second.lastEventId).toBe('1');
    await second.gone();
    expect(await logged(4)).toEqual(['a', 'b', 'c', 'all of it']);
  },

  POST: async ({ execute, server, open, logged }) => {
    await execute('POST');
    (await server.exchange(0)).refuse(503);
    const second = await server.exchange(1);
    expect(await second.body()).toBe('{"query":"sse"}');
    second.open().send('data: a\n\n');
    await logged(1);
    second.cut();
    (await open(2, 'data: b\n\n')).end();
    expect(await logged(2)).toEqual(['a', 'b']);
    await server.idle();
    expect(server.exchanges).toHaveLength(3);
  },

  'Any Observable': async ({ execute, logged, server }) => {
    await execute('Any Observable');
    for (const index of [0, 1]) (await server.exchange(index)).refuse(200, {}, `[${index}]`);
    expect((await logged(2)).sort()).toEqual(['0', '1']);
  },
});

describeExamples('docs/pause-renew-abort.md', {
  Pause: onPage(page => async ({ execute, open, logged }) => {
    await execute('Pause');
    const first = await open(0, 'id: 7\ndata: a\n\n');
    await logged(3);
    page.setVisible(false);
    await first.gone();
    page.setVisible(true);
    expect((await open(1, 'data: b\n\n')).lastEventId).toBe('7');
    expect(await logged(7)).toEqual(['connecting', 'open', 'a', 'paused', 'connecting', 'open', 'b']);
  }),

  'Pause for several reasons': onPage(page => async ({ execute, open, logged, server }) => {
    const { playing$ } = (await execute('Pause for several reasons')) as { playing$: Subject<boolean> };
    const pauses = [
      (paused: boolean) => playing$.next(!paused),
      (paused: boolean) => page.setVisible(!paused),
      (paused: boolean) => page.setOnline(!paused),
    ];
    for (const [index, pause] of pauses.entries()) {
      const exchange = await open(index, `id: ${index}\ndata: ${index}\n\n`);
      await logged(index + 1);
      pause(true);
      await exchange.gone();
      expect(server.exchanges).toHaveLength(index + 1);
      pause(false);
      expect((await server.exchange(index + 1)).lastEventId).toBe(String(index));
    }
  }),

  'Renew when the page comes back': onPage(page => async ({ execute, open, logged }) => {
    await execute('Renew when the page comes back');
    const first = await open(0, 'id: 7\ndata: a\n\n');
    await logged(1);
    page.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    await first.gone();
    expect((await open(1, 'data: b\n\n')).lastEventId).toBe('7');
    expect(await logged(2)).toEqual(['a', 'b']);
  }),

  'Renew when a token changes': async ({ execute, open, logged, after }) => {
    const auth = authentication();
    after(() => auth.token$.complete());
    await execute('Renew when a token changes', { globals: { auth } });
    const first = await open(0, 'id: 7\ndata: a\n\n');
    expect(first.request.headers.authorization).toBe('Bearer token-0');
    await logged(1);
    await auth.refresh();
    auth.token$.next('token-1');
    await first.gone();
    const second = await open(1, 'data: b\n\n');
    expect([second.lastEventId, second.request.headers.authorization]).toEqual(['7', 'Bearer token-1']);
    expect(await logged(2)).toEqual(['a', 'b']);
  },

  Silence: connectsWithin10sAndWaits45s('Silence'),

  Unsubscribe: async ({ execute, open, logged }) => {
    const button = new EventTarget();
    await execute('Unsubscribe', { globals: { document: { querySelector: () => button } } });
    const exchange = await open(0, 'data: a\n\n');
    await logged(1);
    button.dispatchEvent(new Event('click'));
    await exchange.gone();
    expect(await logged(2)).toEqual(['a', 'stopped']);
  },

  'Abort with a signal': async ({ execute, open, log }) => {
    const done = execute('Abort with a signal');
    const exchange = await open(0, 'data: a\n\ndata: enough\n\ndata: late\n\n');
    await done;
    await exchange.gone();
    expect(log).toEqual(['a', 'enough', 'Error: no more, thanks']);
  },

  'Any Observable': onPage(page => async ({ execute, server, logged }) => {
    await execute('Any Observable');
    for (const index of [0, 1]) {
      (await server.exchange(index)).refuse(200, {}, String(index));
      await logged(index + 1);
      // The Observable waits for its next request now. Hiding the page cancels that wait.
      page.setVisible(false);
      if (index === 0) page.setVisible(true);
    }
    expect(await logged(2)).toEqual(['0', '1']);
  }),
});

describeExamples('docs/proxies.md', {
  'Do this always': connectsWithin10sAndWaits45s('Do this always'),
});
