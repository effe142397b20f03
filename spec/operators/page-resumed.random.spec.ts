import { describe, expect, it } from '@jest/globals';
import { observe } from '../support/observe.js';
import { Random } from '../support/random.js';
import { HOUR, machine, MINUTE, page, resumed } from './page-on-machine.js';

describe('pageResumed', () => {
  it.each(Array.from({ length: 100 }, (_, run) => run + 1))(
    'emits exactly once per return, for random signals (seed %d)',
    seed => {
      const random = new Random(seed);
      const emissions: { steady: number; wall: number }[] = [];
      const now = () => ({ steady: machine.frame, wall: machine.now() });
      const since = (moment: { steady: number; wall: number }) =>
        Math.max(machine.frame - moment.steady, machine.now() - moment.wall);
      const isRecent = () => emissions.some(emission => since(emission) < 1000);
      observe(resumed()).subscription.add(resumed().subscribe(() => emissions.push(now())));
      const seen: string[] = [];
      let hidden: { steady: number; wall: number } | undefined;

      for (let step = 0; step < 100; step++) {
        const before = emissions.length;
        const wasRecent = isRecent();
        const must = (isDue: boolean) =>
          expect([seen.slice(-8).join(), emissions.length - before]).toEqual([seen.slice(-8).join(), isDue ? 1 : 0]);
        const kind = random.weighted({ pass: 6, toggle: 6, resume: 1, pageshow: 1, back: 1, sleep: 2 });
        seen.push(`${kind} at ${machine.frame}`);
        switch (kind) {
          case 'pass': {
            const time = random.between(1, random.pick([500, 20_000, 200_000]));
            if (hidden) machine.throttle(time);
            else machine.pass(time);
            must(false);
            break;
          }
          case 'toggle': {
            const away = hidden ? Math.min(...[hidden, ...emissions.slice(-1)].map(since)) : 0;
            page.setVisible(hidden !== undefined);
            must(away >= 30_000);
            hidden = hidden ? undefined : now();
            break;
          }
          case 'resume':
            page.resume();
            must(!wasRecent);
            break;
          case 'pageshow':
            page.show(true);
            must(!wasRecent);
            break;
          case 'back':
            machine.setClock(-random.between(1, HOUR));
            must(false);
            // The timer detects the change before the next step. Otherwise, the change could hide a sleep.
            if (hidden) machine.throttle(2 * MINUTE);
            else machine.pass(2000);
            must(false);
            break;
          case 'sleep': {
            const time = random.between(1, random.pick([20_000, HOUR]));
            machine.sleep(time, 'stands still');
            if (hidden) machine.throttle(2 * MINUTE);
            else machine.pass(2000);
            must(time >= 30_000);
          }
        }
      }
    },
  );
});
