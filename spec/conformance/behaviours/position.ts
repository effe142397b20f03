import { memoryLastEventId } from 'rx-sse';
import { Random } from '../../support/random.js';
import { behaviour, equal, type Stage } from '../behaviour.js';
import type { ScriptedAnswer } from '../scripted-answers.js';

/** Ids of each kind, and the probe that excludes sending one in a header. */
const IDS: [kind: string, id: string, unless?: string][] = [
  ['of ASCII', 'order-17/3 x'],
  ['of Latin-1', 'é-ü', 'header-bytes'],
  ['outside of Latin-1', '€ 한 🚀', 'header-bytes'],
];

/** Returns numbered events in responses that end at random: cleanly, cut or reset, within an event or after one. */
function numbered(seed: number, count: number): ScriptedAnswer[] {
  const random = new Random(seed);
  const answers: ScriptedAnswer[] = [];
  for (let n = 1; n <= count;) {
    const most = Math.min(count, n + random.between(0, 19));
    let text = '';
    for (; n <= most; n++) text += `id: ${n}\ndata: ${n}\n\n`;
    const half = n <= count && random.chance(0.5) ? `id: ${n}\ndata: ${n}` : '';
    const end = random.pick(['cut', 'reset', undefined] as const);
    answers.push({ steps: [{ send: text }, { send: half }, ...(end ? ['hold' as const, end] : [])] });
  }
  return answers;
}

/** Each response that holds continues after all events before that point have been received. */
async function playNumbered(stage: Stage, count: number): Promise<void> {
  const answers = numbered(stage.engine.seed, count);
  const script = await stage.script(...answers);
  const events = stage.events(script);
  let had = 0;
  for (const { steps = [] } of answers) {
    had += JSON.stringify(steps[0]).split('data:').length - 1;
    await events.first(had);
    if (steps.includes('hold')) await script.go();
  }
  const all = await events.completed();
  equal(
    all.map(({ data }) => Number(data)),
    Array.from({ length: count }, (_, i) => i + 1),
  );
}

export const position = [
  ...IDS.flatMap(([kind, id, unless]) => [
    behaviour(
      `an id ${kind} goes out as it came in`,
      async stage => {
        const script = await stage.script({ steps: [{ send: `id: ${id}\ndata: a\n\n` }] });
        await stage.events(script).completed();
        equal((await script.seen(2)).requests[1]?.lastEventId, id);
      },
      ...(unless ? [unless] : []),
    ),
    behaviour(`an id ${kind} goes out in the URL, by lastEventIdParam`, async stage => {
      const script = await stage.script({ steps: [{ send: `id: ${id}\ndata: a\n\n` }] });
      await stage.events(script, { lastEventIdParam: 'after' }).completed();
      const { path, lastEventId } = (await script.seen(2)).requests[1] ?? {};
      equal([new URLSearchParams(path?.slice(1)).get('after'), lastEventId], [id, undefined]);
    }),
  ]),
  behaviour('an empty id: clears the position', async stage => {
    const script = await stage.script({ steps: [{ send: 'id: 1\ndata: a\n\nid:\ndata: b\n\n' }] });
    await stage.events(script).completed();
    equal((await script.seen(2)).requests[1]?.lastEventId, undefined);
  }),
  behaviour('a block with only an id moves the position', async stage => {
    const script = await stage.script({ steps: [{ send: 'id: 1\ndata: a\n\nid: 2\n\nid: 3\ndata: half' }] });
    await stage.events(script).completed();
    equal((await script.seen(2)).requests[1]?.lastEventId, '2');
  }),
  behaviour('a store is read before the first request, and written after the events', async stage => {
    const script = await stage.script({ steps: [{ send: 'id: 5\ndata: a\n\n' }] });
    const store = memoryLastEventId('4');
    await stage.events(script, { lastEventId: store }).completed();
    equal(
      (await script.seen(2)).requests.map(({ lastEventId }) => lastEventId),
      ['4', '5'],
    );
    equal(await store.get(), '5');
  }),
  behaviour('1 000 numbered events through 100 ends come once each, in order', stage => playNumbered(stage, 1000)),
];
