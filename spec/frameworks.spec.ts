/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 * @jest-environment-options {"customExportConditions": ["node"]}
 */
/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { expect } from '@jest/globals';
import * as react from 'react';
import * as reactDom from 'react-dom/client';
import * as reactServer from 'react-dom/server';
import { Observable, of } from 'rxjs';
import * as svelteStore from 'svelte/store';
import * as vue from 'vue';
import { describeExamples, type ExampleRun } from './support/run-examples.js';
import { until } from './support/until.js';

/** An element that stays on the page until the end of the test. */
function place({ after }: ExampleRun): HTMLElement {
  const element = document.createElement('main');
  document.body.append(element);
  after(() => element.remove());
  return element;
}

const shows = (element: Element, text: string) => until(() => element.textContent === text);

describeExamples('docs/react.md', {
  React: async ({ execute }) => {
    const { useObservable } = await execute('React', { modules: { react } });
    let subscriptions = 0;
    const source$ = new Observable<string>(() => {
      subscriptions++;
    });
    const Text = () => (useObservable as (source$: Observable<string>, initial: string) => string)(source$, 'none');
    expect(reactServer.renderToString(react.createElement(Text))).toBe('none');
    expect(subscriptions).toBe(0);
  },

  'A chat': async run => {
    const { execute, open, server } = run;
    const hook = await execute('React', { modules: { react } });
    const { Chat } = await execute('A chat', { modules: { react, './use-observable.js': hook } });
    const element = place(run);
    const root = reactDom.createRoot(element);
    const show = (room: string) =>
      root.render(react.createElement(Chat as react.FunctionComponent<{ room: string }>, { room }));

    show('one');
    const first = await open(0, 'id: 1\ndata: a\n\n');
    expect(first.request.url).toBe('/rooms/one/stream');
    await shows(element, 'opena');
    first.send('id: 2\ndata: b\n\n');
    await shows(element, 'openab');
    first.cut();
    const second = await open(1, 'id: 3\ndata: c\n\n');
    expect(second.lastEventId).toBe('2');
    await shows(element, 'openabc');

    show('other');
    await second.gone();
    const third = await open(2, 'data: d\n\n');
    expect(third.request.url).toBe('/rooms/other/stream');
    await shows(element, 'opend');
    root.unmount();
    await third.gone();
    expect(server.exchanges).toHaveLength(3);
  },
});

describeExamples('docs/vue-and-svelte.md', {
  Vue: async run => {
    const { execute, open } = run;
    const helper = await execute('Vue', { modules: { vue } });
    const { Chat } = await execute('Vue 2', { modules: { vue, './observable-ref.js': helper } });
    const element = place(run);
    const app = vue.createApp(Chat as vue.Component);
    app.mount(element);
    const exchange = await open(0, 'data: a\n\ndata: b\n\n');
    await shows(element, 'ab');
    app.unmount();
    await exchange.gone();
  },

  Svelte: async ({ execute, open }) => {
    const { messages } = await execute('Svelte', { modules: { 'svelte/store': svelteStore } });
    const seen: (readonly string[])[] = [];
    const leave = (messages as svelteStore.Readable<readonly string[]>).subscribe(value => seen.push(value));
    const exchange = await open(0, 'data: a\n\ndata: b\n\n');
    await until(() => seen.length === 3);
    expect(seen).toEqual([[], ['a'], ['a', 'b']]);
    leave();
    await exchange.gone();
    // As the page says, an Observable is itself a store for Svelte.
    expect(svelteStore.get(of('hi') as unknown as svelteStore.Readable<string>)).toBe('hi');
  },
});
