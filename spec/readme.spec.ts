/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { compileExamples } from './support/compile-examples.js';
import { APPLICATION, examplesOf } from './support/examples-of.js';
import { describeExamples } from './support/run-examples.js';
import { runFirstStream } from './support/run-first-stream.js';

const read = (path: string) => readFileSync(path, 'utf8');
const readme = read('README.md');

describeExamples(
  'README.md',
  {
    'The first stream': async run => {
      await runFirstStream(run);
      const { execute, open, logged } = run;
      await execute('The first stream 2');
      await open(1, 'event: chat\ndata: {"author":"ada","message":"hi"}\n\n');
      expect(await logged(2)).toEqual(['chat hi 1', 'ada: hi']);
    },
  },
  // Its component needs a page: spec/angular/guide.other-pages.spec.ts runs it.
  ['Angular'],
);

it('the examples in the README compile as they are', () => {
  expect(compileExamples(examplesOf('README.md').values(), APPLICATION)).toEqual([]);
});

it('the README is short', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

it('the README links only to files in the package', () => {
  const { files } = JSON.parse(read('package.json')) as { files: string[] };
  // npm always packs the last three.
  const packed = [...files, 'LICENSE', 'README.md', 'package.json'];
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => path);
  expect(links).not.toEqual([]);
  const isPacked = (path: string) =>
    existsSync(path) && packed.some(each => new RegExp(`^${each.replaceAll('*', '[^/]+')}$`).test(path));
  expect(links.filter(path => !isPacked(path))).toEqual([]);
});

describe('the figures in the README', () => {
  /** Sizes in kB by import, as measured by `npm run check:size`. */
  const sizes = new Map(
    [...read('docs/size.md').matchAll(/^\| (.+?) +\| +([\d.]+) kB \|$/gm)].map(([, name = '', size = '']) => [
      name,
      size,
    ]),
  );
  const all = ['injectEventSource', 'provideSse', 'withDefaults', 'withHttpClient', 'withSse', 'eventSourceResource'];
  const claims: Record<string, (size: string) => string> = {
    '`fromEventSource`': size => `\`fromEventSource\` is ${size} kB gzipped`,
    '`fromEventSource` with the RxJS that it uses': size => `${size} kB with the RxJS that it uses`,
    [`+ ${all.map(name => `\`${name}\``).join(', ')}`]: size => `Angular adds ${size} kB`,
    '+ `shareAcrossTabs`': size => `sharing across tabs ${size} kB`,
    '`createEventStreamParser`': size => `The parser alone is ${size} kB`,
    '`lifecycleDiagram`': size => `[diagram of a stream](docs/diagram.md) ${size} kB`,
  };

  it.each(Object.entries(claims))('include the measured size of %s', (name, claim) => {
    expect(readme).toContain(claim(sizes.get(name) ?? 'not in docs/size.md'));
  });

  it('include only sizes within a budget', () => {
    const budgets = [...read('scripts/check-size.mjs').matchAll(/budget: ([\d_]+) \}/g)].map(([, bytes = '']) =>
      Number(bytes.replace('_', '')),
    );
    const claimed = [...readme.replace('64 kB', '').matchAll(/([\d.]+) kB/g)].map(([, size]) => 1000 * Number(size));
    expect(claimed).toHaveLength(Object.keys(claims).length);
    // The README rounds to a tenth of a kB.
    expect(claimed.filter(size => !budgets.some(budget => budget >= size - 50 && budget < size + 150))).toEqual([]);
  });

  it('include the measured speed', () => {
    const performance = read('docs/performance.md');
    const [, parser] = /answer of a language model: ([\d.]+) \(rx-sse\/parser in Node 20\)/.exec(performance) ?? [];
    const [, event] = /; rx-sse: (\d+) \(HTTP chunks/.exec(performance) ?? [];
    expect(readme).toContain(`In Node 20 the parser is ${parser} times as fast as eventsource-parser 4`);
    expect(readme).toContain(`An event costs ${event} ns of CPU time`);
  });

  it('include the number of tested engines, and name only tested ones', () => {
    const [head = ''] = /^\| +\| behaviour.*$/m.exec(read('docs/engines.md')) ?? [];
    const engines = head
      .split('|')
      .slice(3, -1)
      .map(cell => cell.trim());
    expect(readme).toContain(`one list of behaviours runs in ${engines.length} engines and variants`);
    const [, named = ''] = /^\| Engines +\| (.+), with their workers/m.exec(readme) ?? [];
    for (const engine of named.replace(' to 26', ', Node 26').split(', '))
      expect(engines).toContainEqual(expect.stringMatching(`^${engine}`));
  });

  it('include the number of compared behaviours, and there are more than 60 pitfalls', () => {
    const rows = (page: string, row: RegExp) => [...read(page).matchAll(row)].length;
    const behaviours = rows('docs/comparison.md', /^\| [^|]+\| [✓✗—].*\|$/gm);
    expect(readme).toContain(`${behaviours} behaviours on the same streams`);
    expect(rows('docs/comparison.md', /^\| \d+ +\|/gm)).toBeGreaterThan(60);
  });
});
