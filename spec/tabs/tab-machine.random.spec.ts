import { describe, expect, it } from '@jest/globals';
import { type SimulatedTab, TabsWorld, type Weather } from './tabs-world.js';

const SEED = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
const SCRIPTS = Number(process.env['SCRIPTS'] ?? 300);

const LOSSY: Weather = { loss: 0.2, delay: 200 };

const WEATHERS: Record<string, Weather> = {
  'that behaves as in a browser': { loss: 0, delay: 0 },
  'that delays and reorders messages': { loss: 0, delay: 40 },
  'that loses a fifth of the messages, and delays and reorders the rest': LOSSY,
};

/** The time in milliseconds after which one tab must have taken over from another, so that only one connection is left. */
const TAKE_OVER = 6000;

/** Runs random actions on tabs, with up to 20 s after each. Then ends all faults, and returns the world when it has settled. */
function play(seed: number, weather: Weather): TabsWorld {
  const world = new TabsWorld(seed, weather);
  const { random } = world;
  world.open();
  const any = (of: readonly SimulatedTab[], run: (tab: SimulatedTab) => void) => of.length > 0 && run(random.pick(of));
  for (let step = random.between(5, 40); step > 0; step--) {
    const { alive } = world;
    switch (
      random.weighted({
        publish: 8,
        open: 3,
        close: 2,
        crash: 2,
        freeze: 1,
        thaw: 2,
        hide: 2,
        show: 2,
        pause: 1,
        go: 2,
        again: 1,
      })
    ) {
      case 'publish':
        world.publish(random.between(1, 20));
        break;
      case 'open':
        if (alive.length < 6) world.open();
        break;
      case 'close':
        any(alive, tab => tab.close());
        break;
      case 'crash':
        any(alive, tab => tab.crash());
        break;
      case 'again':
        // Unsubscribes and subscribes again, which resumes at the same place.
        any(alive, tab => {
          const place = tab.close();
          const next = world.open(place);
          next.steps.push(...tab.steps);
        });
        break;
      case 'freeze':
        any(alive, tab => tab.freeze());
        break;
      case 'thaw':
        any(alive, tab => tab.thaw());
        break;
      case 'hide':
        any(alive, tab => tab.do(() => tab.machine.setVisible(false)));
        break;
      case 'show':
        any(alive, tab => tab.do(() => tab.machine.setVisible(true)));
        break;
      case 'pause':
        any(alive, tab => tab.pause(true));
        break;
      case 'go':
        any(alive, tab => tab.pause(false));
        break;
    }
    world.pass(random.pick([0, 1, 20, 300, 3000, 20_000]));
  }
  // Ends all faults.
  world.weather = { loss: 0, delay: 0 };
  for (const tab of world.alive) {
    tab.thaw();
    tab.pause(false);
  }
  world.open();
  world.pass(TAKE_OVER);
  world.publish(3);
  world.pass(30_000);
  return world;
}

/**
 * Returns the faults in the events that a tab delivered. Any event may follow a gap: a gap is honest if a tab was frozen while all tabs left that
 * had the missing events.
 */
const faultsOf = (seen: readonly (number | 'gap')[]): string[] =>
  seen.flatMap((event, index) => {
    const before = seen[index - 1];
    return typeof before === 'number' && event !== 'gap' && event !== before + 1 ? [`${event} behind ${before}`] : [];
  });

/** Returns everything that went wrong in a world whose faults have ended. */
function wrongIn({ tabs, alive, connected, published }: TabsWorld, weather: Weather): string[] {
  const wrong = [
    ...tabs.flatMap(({ id, seen }) => faultsOf(seen).map(fault => `${id}: ${fault}`)),
    ...alive
      // If its first message was lost, a tab may have joined after the last event.
      .filter(({ seen }) => seen.at(-1) !== published && (weather.loss === 0 || seen.length > 0))
      .map(({ id, seen }) => `${id} stands at ${String(seen.at(-1))} of ${published}`),
  ];
  const leaders = alive.filter(({ role }) => role === 'leader');
  if (connected.length !== 1) wrong.push(`${connected.length} connections`);
  if (leaders.length !== 1 || leaders[0] !== connected[0]) wrong.push(`leaders: ${leaders.map(({ id }) => id).join()}`);
  return wrong;
}

describe.each(Object.entries(WEATHERS))('tabs with a channel %s [pitfalls 60, 61, 62]', (_name, weather) => {
  it(`deliver every event once and in order in every tab (SEED=${SEED})`, () => {
    const failures: string[] = [];
    let gaps = 0;
    for (let script = 0; script < SCRIPTS; script++) {
      const world = play(SEED + script, weather);
      const wrong = wrongIn(world, weather);
      // A gap before the first event of a tab doesn't count: the tab may have missed the beginning.
      if (world.tabs.some(({ seen }) => seen.lastIndexOf('gap') > 0)) gaps++;
      if (wrong.length > 0) failures.push(`SEED=${SEED + script}: ${wrong.join('; ')}`);
    }
    expect(failures).toEqual([]);
    // In 12,000 scripts, 0.2 % and 0.65 % had a gap.
    expect(gaps).toBeLessThanOrEqual(SCRIPTS * (weather.loss > 0 ? 0.03 : 0.02));
  });
});

// One in 10,000 scripts, found by chance.
describe('tabs in scripts that once failed', () => {
  it('a leader whose stream starts before its own position doesn’t move the others back', () => {
    expect(wrongIn(play(1_093_128_040, LOSSY), LOSSY)).toEqual([]);
  });

  it.each([6168, 22_090, 26_001])(
    'two tabs that miss the same events don’t keep each other waiting (SEED=%i)',
    seed => {
      expect(wrongIn(play(seed, LOSSY), LOSSY)).toEqual([]);
    },
  );
});
