/* eslint jest/no-export: off -- two specs run it, each with its own engines */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstSeed } from '../support/random-stream.js';
import type { EngineRun } from './application.js';
import { browserAssets } from './browsers.js';
import { ENGINES } from './engines.js';
import { ScriptedServer } from './scripted-server.js';
import { columnOf, documentedColumns, namesOf, writeColumns } from './table.js';

/** Whether to write `docs/engines.md` instead of comparing with it. */
const isWritten = process.env['WRITE_ENGINES'] !== undefined;

/** Runs the behaviours in each of the engines, and compares the results with the engine's column in `docs/engines.md`. */
export function describeEngines(engines: readonly EngineRun[]): void {
  const columns = new Map<string, readonly string[]>();
  afterAll(async () => {
    if (!isWritten) return;
    const before = await documentedColumns();
    const first = [...columns.keys()].filter(title => title === '' || title === 'behaviour');
    // Keeps the order of the engines, and the columns of those that haven't run.
    const all = [...first, ...ENGINES.map(({ name }) => name)];
    await writeColumns(new Map(all.map(title => [title, columns.get(title) ?? before.get(title) ?? []])));
  });

  describe.each(engines.map(engine => [engine.name, engine] as const))('%s', (name, engine) => {
    let server: ScriptedServer;
    beforeAll(async () => {
      server = await ScriptedServer.start(browserAssets());
    });
    afterAll(() => server.close());

    it(`behaves as documented in docs/engines.md, with the seed ${firstSeed}`, async () => {
      const { results, complaints } = await engine.run(server.origin, firstSeed);
      expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      expect(complaints).toEqual([]);
      const found = new Map([...namesOf(results), [name, columnOf(results)] as const]);
      for (const [title, cells] of found) columns.set(title, cells);
      const documented = isWritten ? found : await documentedColumns();
      for (const [title, cells] of found) expect([title, documented.get(title)]).toEqual([title, cells]);
    });
  });
}
