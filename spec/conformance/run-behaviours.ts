import { BEHAVIOURS } from './behaviours.js';
import { type Behaviour, type Engine, Stage } from './behaviour.js';
import { PROBES } from './probes.js';
import { seededRandom } from '../support/seeded-random.js';

export type { Engine } from './behaviour.js';

/** The result of a behaviour in an engine. */
export interface Result {
  readonly topic: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** The probe for the capability that the engine lacks. */
  readonly probe?: string;
  /** Why the behaviour failed, or what the probe found. */
  readonly reason?: string;
}

/** The time limit of a behaviour, in milliseconds. Only a broken one takes this long. */
const DEADLINE = 30_000;

/** Runs the behaviours in an engine, each on its own stage, in an order that depends on the seed. */
export async function runBehaviours(engine: Engine): Promise<Result[]> {
  const probes = new Map<string, string | undefined>();
  for (const [name, probe] of Object.entries(PROBES)) probes.set(name, await onStage(engine, probe));
  const all = Object.entries(BEHAVIOURS).flatMap(([topic, behaviours]) =>
    behaviours.map(behaviour => ({ topic, behaviour })),
  );
  const random = seededRandom(engine.seed);
  const results: Result[] = [];
  for (const { topic, behaviour, at } of all
    .map((one, at) => ({ ...one, at, key: random() }))
    .sort((a, b) => a.key - b.key)) {
    results[at] = await resultOf(engine, topic, behaviour, probes);
  }
  return results;
}

async function resultOf(
  engine: Engine,
  topic: string,
  behaviour: Behaviour,
  probes: ReadonlyMap<string, string | undefined>,
): Promise<Result> {
  const { name, unless = [] } = behaviour;
  const probe = unless.find(name => probes.get(name) !== undefined);
  if (probe !== undefined) return { topic, name, outcome: 'skipped', probe, reason: probes.get(probe) ?? '' };
  try {
    await onStage(engine, stage => behaviour.run(stage));
    return { topic, name, outcome: 'passed' };
  } catch (error) {
    return { topic, name, outcome: 'failed', reason: String(error) };
  }
}

async function onStage<T>(engine: Engine, play: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = new Stage(engine);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Expected an end within ${DEADLINE} ms`)), DEADLINE);
  });
  try {
    return await Promise.race([play(stage), late]);
  } finally {
    clearTimeout(timer);
    stage.close();
  }
}
