import { rootInjector } from './root-injector.js';
import { inject, runInInjectionContext } from '@angular/core';
import { Actions, createEffect, ofType, provideEffects } from '@ngrx/effects';
import { signalStore, type } from '@ngrx/signals';
import { Dispatcher, event, Events, provideDispatcher, withEventHandlers } from '@ngrx/signals/events';
import { rxMethod } from '@ngrx/signals/rxjs-interop';
import { createAction, provideStore, Store } from '@ngrx/store';
import { configureStore, createAction as createReduxAction, type UnknownAction } from '@reduxjs/toolkit';
import { combineEpics, createEpicMiddleware, type Epic } from 'redux-observable';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BehaviorSubject, config, filter, ignoreElements, map, of, Subject, switchMap, tap, throwError } from 'rxjs';
import { until } from '../../support/until.js';

/** Emits the URL, or fails if the URL is `bad`. */
const stream = (url: string) => (url === 'bad' ? throwError(() => new Error('lost')) : of(url));

// Tests what docs/stores.md says about streams without a `state`: their errors stay errors.
describe('an uncaught stream error', () => {
  let heard: string[];
  let unhandled: unknown[];
  const hear = tap<string>(url => heard.push(url));
  beforeEach(() => {
    heard = [];
    unhandled = [];
    config.onUnhandledError = error => unhandled.push(error);
  });
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('ends an rxMethod', async () => {
    const injector = rootInjector();
    const enter = runInInjectionContext(injector, () =>
      rxMethod<string>(source => source.pipe(switchMap(stream), hear)),
    );
    enter('good');
    enter('bad');
    enter('good');
    expect(heard).toEqual(['good']);
    await until(() => unhandled.length === 1);
    injector.destroy();
  });

  it('reaches the ErrorHandler in NgRx Effects and restarts the effect; the eleventh error ends it silently', () => {
    const consoleError = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const entered = createAction('entered', (url: string) => ({ url }));
    const said = createAction('said');
    const follow = createEffect(
      (actions$ = inject(Actions)) =>
        actions$.pipe(
          ofType(entered),
          switchMap(({ url }) => stream(url)),
          hear,
          map(said),
        ),
      { functional: true },
    );
    const injector = rootInjector(provideStore({}), provideEffects({ follow }));
    const store = injector.get<Store>(Store);
    for (let failures = 1; failures <= 10; failures++) store.dispatch(entered('bad'));
    store.dispatch(entered('good'));
    expect(heard).toEqual(['good']);
    store.dispatch(entered('bad'));
    store.dispatch(entered('good'));
    expect(heard).toEqual(['good']);
    expect(consoleError).toHaveBeenCalledTimes(10);
    injector.destroy();
    consoleError.mockRestore();
  });

  it('ends all handlers of withEventHandlers', async () => {
    const entered = event('entered', type<string>());
    const other = event('other', type<string>());
    const Handlers = signalStore(
      withEventHandlers((_store, events = inject(Events)) => [
        events.on(entered).pipe(switchMap(({ payload }) => stream(payload))),
        events.on(other).pipe(tap(({ payload }) => heard.push(payload))),
      ]),
    );
    const injector = rootInjector(provideDispatcher(), Handlers);
    injector.get(Handlers);
    const dispatcher = injector.get(Dispatcher);
    dispatcher.dispatch(other('before'));
    dispatcher.dispatch(entered('bad'));
    dispatcher.dispatch(other('after'));
    expect(heard).toEqual(['before']);
    await until(() => unhandled.length === 1);
    injector.destroy();
  });

  it('ends all epics of redux-observable', async () => {
    const entered = createReduxAction<string>('entered');
    const other = createReduxAction<string>('other');
    const follow: Epic<UnknownAction> = action$ =>
      action$.pipe(
        filter(entered.match),
        switchMap(({ payload }) => stream(payload)),
        ignoreElements(),
      );
    const listen: Epic<UnknownAction> = action$ =>
      action$.pipe(
        filter(other.match),
        tap(({ payload }) => heard.push(payload)),
        ignoreElements(),
      );
    const epics = createEpicMiddleware<UnknownAction>();
    const store = configureStore({ reducer: () => null, middleware: defaults => defaults().concat(epics) });
    epics.run(combineEpics(follow, listen));
    store.dispatch(other('before'));
    store.dispatch(entered('bad'));
    store.dispatch(other('after'));
    expect(heard).toEqual(['before']);
    await until(() => unhandled.length === 1);
  });

  it('fails a BehaviorSubject for good', () => {
    const url$ = new Subject<string>();
    const state$ = new BehaviorSubject('');
    url$.pipe(switchMap(stream)).subscribe(state$);
    url$.next('good');
    expect(state$.value).toBe('good');
    const errors: unknown[] = [];
    state$.subscribe({ error: (error: unknown) => errors.push(error) });
    url$.next('bad');
    url$.next('good');
    expect(errors).toEqual([new Error('lost')]);
    expect(() => state$.value).toThrow('lost');
  });
});
