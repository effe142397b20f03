/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import '@angular/compiler';
import {
  type ApplicationConfig,
  createEnvironmentInjector,
  EnvironmentInjector,
  type Signal,
  type Type,
  type WritableSignal,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from '@jest/globals';
import * as rxSseAngular from '../../src/angular/index.js';
import { withSharedTabs, type WithSharedTabsOptions } from '../../src/angular/index.js';
import { endForAll } from '../../src/tabs/index.js';
import { fakeTabs } from '../../src/testing/index.js';
import { initTestBed } from '../support/angular.js';
import { examplesOf } from '../support/examples-of.js';
import { describeExamples } from '../support/run-examples.js';
import { until } from '../support/until.js';
import { inAngular } from './angular-run.js';

initTestBed();

interface PresenceApplication {
  readonly Session: Type<{ readonly userId: WritableSignal<string | undefined>; leave(): void }>;
  readonly Presence: Type<{ readonly names: Signal<readonly string[]>; readonly isOver: Signal<boolean> }>;
  readonly appConfig: ApplicationConfig;
}

/** Returns the headings of a page, except this one. */
const othersThan = (heading: string, page: string) =>
  [...examplesOf(page).keys()].filter(name => name !== heading && !/ \d$/.test(name));

describeExamples(
  'README.md',
  {
    Angular: inAngular(async ({ execute, open, show }) => {
      const { Chat } = await execute<{ Chat: Type<unknown> }>('Angular');
      const chat = show(Chat);
      const exchange = await open(0, 'event: chat\ndata: {"author":"Ada","message":"hi"}\n\n');
      await chat.shows('open | Ada: hi', 'p');
      chat.destroy();
      await exchange.gone();
    }),
  },
  othersThan('Angular', 'README.md'),
);

describeExamples(
  'docs/tabs.md',
  {
    'In Angular': inAngular(async ({ execute, open, server }) => {
      TestBed.configureTestingModule({});
      const tabs = fakeTabs();
      /** Opens the application in another tab. */
      const openTab = async () => {
        const { platform } = tabs.open();
        const inTab = ({ key }: WithSharedTabsOptions) => withSharedTabs({ key, platform });
        const { Session, Presence, appConfig } = await execute<PresenceApplication>('In Angular', {
          'rx-sse/angular': { ...rxSseAngular, withSharedTabs: inTab },
          'rx-sse/tabs': { endForAll: (key: string) => endForAll(key, { platform }) },
        });
        const injector = createEnvironmentInjector(
          [Session, Presence, ...appConfig.providers],
          TestBed.inject(EnvironmentInjector),
        );
        return { session: injector.get(Session), presence: injector.get(Presence), destroy: () => injector.destroy() };
      };
      /** Runs the effects and lets the tabs exchange their messages. */
      const settle = async () => {
        TestBed.tick();
        await tabs.settle();
      };
      const [first, second, other] = [await openTab(), await openTab(), await openTab()];
      await settle();
      expect(server.exchanges).toEqual([]);

      for (const [{ session }, user] of [
        [first, 'ada'],
        [second, 'ada'],
        [other, 'bob'],
      ] as const) {
        session.userId.set(user);
        await settle();
      }
      const ada = await open(0, 'id: 1\ndata: ["Ada"]\n\n');
      const bob = await open(1, 'id: 1\ndata: ["Bob"]\n\n');
      expect(ada.request.url).toBe('/presence/stream');
      const names = () => [first, second, other].map(({ presence }) => presence.names().join());
      await until(() => names().join(' ') === 'Ada Ada Bob');
      // A tab that opens later starts with the last event.
      const late = await openTab();
      late.session.userId.set('ada');
      await settle();
      await until(() => late.presence.names().join() === 'Ada');
      expect(server.exchanges).toHaveLength(2);

      first.destroy();
      await ada.gone();
      const again = await open(2, 'id: 2\ndata: ["Ada","Eve"]\n\n');
      expect(again.lastEventId).toBe('1');
      await until(() => names().join(' ') === 'Ada Ada,Eve Bob');
      expect(late.presence.isOver()).toBe(false);
      second.session.leave();
      await settle();
      await again.gone();
      await until(() => late.presence.isOver());
      expect(second.session.userId()).toBeUndefined();
      expect(other.presence.isOver()).toBe(false);
      for (const { destroy } of [second, other, late]) destroy();
      await bob.gone();
      expect(server.exchanges).toHaveLength(3);
    }),
  },
  othersThan('In Angular', 'docs/tabs.md'),
);
