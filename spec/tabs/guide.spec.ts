/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { expect, jest } from '@jest/globals';
import { Observable } from 'rxjs';
import type { EventSourceLifecycle } from '../../src/index.js';
import type * as RxSseTabs from '../../src/tabs/index.js';
import type { ShareAcrossTabsOptions, TabContext, TabLifecycle } from '../../src/tabs/index.js';
import { type FakeTab, type FakeTabs, fakeTabs } from '../../src/testing/index.js';
import { describeExamples, type ExampleRun, type Surroundings } from '../support/run-examples.js';
import { runTests } from '../support/run-tests.js';
import { until } from '../support/until.js';

/** A page in a tab, with its own copy of `rx-sse/tabs`. */
class TabPage {
  /** The lines that the page has logged. */
  readonly log: string[] = [];
  private readonly cleanUp: (() => void)[] = [];

  private constructor(
    private readonly run: ExampleRun,
    private readonly tabs: FakeTabs,
    private readonly rxSseTabs: typeof RxSseTabs,
    readonly tab: FakeTab,
  ) {
    run.after(this.end);
  }

  static async open(run: ExampleRun, tabs: FakeTabs): Promise<TabPage> {
    jest.resetModules();
    return new TabPage(run, tabs, await import('../../src/tabs/index.js'), tabs.open());
  }

  /** Runs an example in the page. */
  readonly execute = async (name: string, edit?: Surroundings['edit']): Promise<Record<string, unknown>> => {
    const { log, rxSseTabs, cleanUp } = this;
    const { platform } = this.tab;
    const shareAcrossTabs = (
      source: (tab: TabContext) => Observable<EventSourceLifecycle>,
      options: ShareAcrossTabsOptions,
    ) => {
      const shared$ = rxSseTabs.shareAcrossTabs(source, { platform, ...options });
      return new Observable<TabLifecycle>(subscriber => {
        cleanUp.push(() => subscriber.unsubscribe());
        return shared$.subscribe(subscriber);
      });
    };
    const endForAll = (key: string) => rxSseTabs.endForAll(key, { platform });
    const exported = await this.run.execute(name, {
      modules: { 'rx-sse/tabs': { shareAcrossTabs, endForAll } },
      globals: { console: { log: (...words: unknown[]) => log.push(words.join(' ')) } },
      ...(edit && { edit }),
    });
    await this.tabs.settle();
    return exported;
  };

  /** The logged lines without connection states. */
  get data(): string[] {
    return this.log.filter(line => !/^(idle|connecting|open|waiting|closed)$/.test(line));
  }

  async logs(line: string): Promise<void> {
    await until(() => this.log.includes(line));
  }

  /** Ends the streams of the page. */
  readonly end = (): void => {
    for (const clean of this.cleanUp.splice(0)) clean();
  };
}

describeExamples(
  'docs/tabs.md',
  {
    'One connection for all tabs': async run => {
      const { open, server } = run;
      const tabs = fakeTabs();
      const pages = [];
      for (let index = 0; index < 4; index++) {
        const page = await TabPage.open(run, tabs);
        await page.execute('One connection for all tabs');
        pages.push(page);
      }
      const [closed, frozen, crashed, last] = pages as [TabPage, TabPage, TabPage, TabPage];
      const { held, pending } = await last.tab.platform.locks.query();
      // Both subscriptions of a page count as one member of the group.
      expect(held.length + pending.length).toBe(4);

      const first = await open(0, 'id: 1\ndata: a\n\n');
      expect(first.request.url).toBe('/presence/stream');
      for (const page of pages) await page.logs('a');
      expect(server.exchanges).toHaveLength(1);

      closed.tab.leave();
      await first.gone();
      const second = await open(1, 'id: 2\ndata: b\n\n');
      expect(second.lastEventId).toBe('1');
      await last.logs('b');
      frozen.tab.freeze();
      await second.gone();
      const third = await open(2, 'id: 3\ndata: c\n\n');
      expect(third.lastEventId).toBe('2');
      await last.logs('c');
      crashed.tab.crash();
      crashed.end();
      const fourth = await open(3, 'id: 4\ndata: d\n\n');
      expect(fourth.lastEventId).toBe('3');
      await last.logs('d');
      expect(pages.map(page => page.data.join(''))).toEqual(['a', 'ab', 'abc', 'abcd']);
      expect(last.log.slice(0, 4)).toEqual(['idle', 'connecting', 'open', 'a']);

      closed.tab.comeBack();
      frozen.tab.resume();
      for (const page of [closed, frozen]) await page.logs('d');
      expect([closed, frozen, last].map(page => page.data.join(''))).toEqual(['abcd', 'abcd', 'abcd']);
      expect(server.exchanges).toHaveLength(4);
    },

    'The key': async run => {
      const { open, server } = run;
      const tabs = fakeTabs();
      const pages = [];
      for (const user of ['ada', 'ada', 'adam']) {
        const page = await TabPage.open(run, tabs);
        await page.execute(
          'One connection for all tabs',
          code =>
            `${code.replace("'ada'", `'${user}'`)}\npresence$.subscribe({ complete: () => console.log('complete') });`,
        );
        pages.push(page);
      }
      const [leader, follower, other] = pages as [TabPage, TabPage, TabPage];
      const ada = await open(0, 'data: hi\n\n');
      const adam = await open(1, 'data: hi\n\n');
      for (const page of pages) await page.logs('hi');
      expect(server.exchanges).toHaveLength(2);

      const { logOut } = await follower.execute('The key');
      (logOut as (user: string) => void)('ada');
      await ada.gone();
      for (const page of [leader, follower]) await page.logs('complete');
      for (const { log } of [leader, follower]) expect(log.slice(-2)).toEqual(['closed', 'complete']);
      adam.send('data: still here\n\n');
      await other.logs('still here');
    },

    'The source': async run => {
      const { server } = run;
      /** Runs the example in two tabs, and closes the leader after an event. Returns the lines that the other tab logs until the next event. */
      const takeOver = async (edit: (code: string) => string, id: string, positions: (string | undefined)[]) => {
        const tabs = fakeTabs();
        const begun = server.exchanges.length;
        const [leader, other] = [await TabPage.open(run, tabs), await TabPage.open(run, tabs)];
        const show = `
          prices$.subscribe(step => {
            if (step.kind === 'event') console.log(step.event.data.symbol, step.event.data.price);
            else console.log(step.kind === 'role' ? step.role : step.kind);
          });`;
        for (const page of [leader, other]) await page.execute('The source', code => edit(code) + show);
        const first = await run.open(begun, `${id}event: price\ndata: {"symbol":"A","price":1}\n\n`);
        expect(first.request.url).toBe('/prices');
        for (const page of [leader, other]) await page.logs('A 1');
        leader.tab.leave();
        const second = await run.open(begun + 1, 'event: price\ndata: {"symbol":"A","price":2}\n\n');
        expect([first, second].map(({ lastEventId }) => lastEventId)).toEqual(positions);
        await other.logs('A 2');
        leader.end();
        other.end();
        return other.log.slice(other.log.indexOf('A 1') + 1).filter(line => line !== 'connecting');
      };
      expect(await takeOver(code => code, 'id: 7\n', [undefined, '7'])).toEqual(['leader', 'open', 'A 2']);

      // If the source doesn't pass the position on, or events have no ids, docs/tabs.md promises a gap.
      const withGap = ['leader', 'gap', 'open', 'A 2'];
      const forget = (code: string) => code.replace(', { lastEventId }', '');
      expect(await takeOver(forget, 'id: 7\n', [undefined, undefined])).toEqual(withGap);
      expect(await takeOver(code => code, '', [undefined, undefined])).toEqual(withGap);
    },

    Testing: ({ execute }) =>
      runTests(async tests => {
        const modules = { 'rx-sse/tabs': await import('../../src/tabs/index.js'), ...tests };
        return execute('Testing', { modules });
      }),
  },
  // The streams of this example need an application: spec/angular/guide.other-pages.spec.ts runs it.
  ['In Angular'],
);
