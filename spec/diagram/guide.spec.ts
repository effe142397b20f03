/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { expect } from '@jest/globals';
import * as diagram from '../../src/diagram/index.js';
import { describeExamples, type ExampleRun } from '../support/run-examples.js';
import { until } from '../support/until.js';

const modules = { 'rx-sse/diagram': diagram };
/** Returns the labels of the diagrams in the page, as screen readers announce them. */
const labels = () =>
  [...document.body.querySelectorAll('*')].flatMap(
    ({ shadowRoot }) => shadowRoot?.querySelector('[role=img]')?.getAttribute('aria-label') ?? [],
  );
const shows = (label: string) => until(() => labels().includes(label));
const marks = () =>
  [...document.body.querySelectorAll('*')].flatMap(({ shadowRoot }) => [
    ...(shadowRoot?.querySelectorAll<SVGElement>('[data-kind]') ?? []),
  ]);

describeExamples('docs/diagram.md', {
  'In a page': async ({ execute, open, logged, server, end }: ExampleRun) => {
    document.body.innerHTML = '<div id="diagram"></div>';
    const { leave } = (await execute('In a page', { modules })) as { leave: () => void };
    const exchange = await open(0, 'id: 12\ndata: hi\n\n');
    expect(await logged(1)).toEqual(['hi']);
    expect(labels()).toEqual(['Chat: connected']);
    await until(() => marks().length === 3);
    expect(marks().map(({ dataset }) => `${dataset['kind']} ${dataset['label']}`)).toEqual([
      'connecting ',
      'open ',
      'event 12',
    ]);
    exchange.cut();
    await server.exchange(1);
    await open(1, '');
    await until(() => labels().some(label => /^Chat: reconnected after .* seconds, resumed after #12$/.test(label)));
    leave();
    expect(labels()).toEqual([]);

    document.body.innerHTML = '';
    await execute('In a page 2', { modules });
    await open(2, 'data: ho\n\n');
    expect(await logged(2)).toEqual(['hi', 'ho']);
    expect(labels()).toEqual(['Event stream: connected']);
    await end();
  },

  'For everyone': async ({ execute }: ExampleRun) => {
    document.body.innerHTML = '';
    await execute('For everyone', { modules });
    await shows('Chat');
  },

  'Draw your own lane': async ({ execute }: ExampleRun) => {
    document.body.innerHTML = '';
    await execute('Draw your own lane', { modules });
    const flag = document.body.querySelector('div');
    await until(() => flag?.style.getPropertyValue('translate') !== '');
  },
});
