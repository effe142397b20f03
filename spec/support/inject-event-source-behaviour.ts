/* eslint jest/no-export: off -- what these tests say holds with zone.js and without, and each has a spec of its own */
import { initTestBed } from './angular.js';
import {
  ApplicationRef,
  ChangeDetectorRef,
  Component,
  createEnvironmentInjector,
  DestroyRef,
  DOCUMENT,
  EnvironmentInjector,
  inject,
  Injector,
  NgZone,
  PendingTasks,
  provideZoneChangeDetection,
  provideZonelessChangeDetection,
  runInInjectionContext,
} from '@angular/core';
import { takeUntilDestroyed, toSignal } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { injectEventSource, provideSse, type SseOptions, withDefaults } from '../../src/angular/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from './clock.js';
import { observe, unobserve } from './observe.js';
import { SseServer } from './sse-server.js';

/** How an application detects its changes. */
export type ChangeDetection = 'zoneless' | 'zone.js';

export function injectEventSourceBehaviour(changeDetection: ChangeDetection): void {
  beforeAll(initTestBed);
  describe('smoke', () => {
    it('counts', async () => {
      const server = fakeEventSource();
      TestBed.configureTestingModule({
        providers: [
          changeDetection === 'zone.js' ? provideZoneChangeDetection() : provideZonelessChangeDetection(),
          provideSse(withDefaults({ fetch: server.fetch })),
        ],
      });
      const log: unknown[] = [];
      @Component({ template: '{{ n() }}' })
      class C {
        n = toSignal(injectEventSource()('/a'));
        ngDoCheck() {
          log.push('check');
        }
      }
      const fixture = TestBed.createComponent(C);
      const connection = server.expectConnection('/a').open();
      await fixture.whenStable();
      connection.send('x');
      console.log(log, NgZone.isInAngularZone(), TestBed.inject(NgZone).constructor.name, TestBed.inject(ApplicationRef).components.length);
      await firstValueFrom(TestBed.inject(ApplicationRef).isStable);
      fixture.destroy();
      expect(connection.state).toBe('closed');
    });
  });
}
