import '@angular/compiler';
import { type StateSource, watchState } from '@ngrx/signals';
import { Dispatcher, provideDispatcher } from '@ngrx/signals/events';
import { provideEffects } from '@ngrx/effects';
import { provideStore, Store } from '@ngrx/store';
import { type DestroyableInjector, runInInjectionContext } from '@angular/core';
import { Observable } from 'rxjs';
import type { ChatState } from '../../../examples/stores/chat-stream.js';
import * as signalStore from '../../../examples/stores/ngrx-signal-store.js';
import * as signalsEvents from '../../../examples/stores/ngrx-signals-events.js';
import * as storeEffects from '../../../examples/stores/ngrx-store-effects.js';
import * as reduxObservable from '../../../examples/stores/redux-observable.js';
import * as scanSubject from '../../../examples/stores/scan-subject.js';
import * as zustand from '../../../examples/stores/zustand.js';
import { rootInjector } from './root-injector.js';

/** The common interface of the examples, adapted to each library. */
export interface RunningStore {
  /** The states, starting with the current one. */
  readonly state$: Observable<ChatState>;
  enter(url: string): void;
  leave(): void;
  /** Destroys the environment of the store. Without an environment, leaves the chat. */
  destroy(): void;
}

/** Functions that start the store of an example, by the name of its file. */
export const CHAT_STORES: Readonly<Record<string, () => RunningStore>> = {
  'ngrx-signal-store': () => {
    const injector = rootInjector(signalStore.ChatStore);
    const store = injector.get(signalStore.ChatStore);
    const destroy = destroyOnce(injector);
    return {
      state$: watched(store, injector, ({ ids, entityMap, ...state }) => ({
        ...state,
        messages: ids.flatMap(id => entityMap[id] ?? []),
      })),
      enter: url => store.enter(url),
      leave: destroy,
      destroy,
    };
  },

  'ngrx-store-effects': () => {
    const strict = { strictStateSerializability: true, strictActionSerializability: true };
    const injector = rootInjector(
      provideStore({ chat: storeEffects.chatReducer }, { runtimeChecks: strict }),
      provideEffects(storeEffects.chatEffects),
    );
    const store = injector.get<Store<{ chat: ChatState }>>(Store);
    return {
      state$: store.select(({ chat }) => chat),
      enter: url => store.dispatch(storeEffects.Chat.entered(url)),
      leave: () => store.dispatch(storeEffects.Chat.left()),
      destroy: destroyOnce(injector),
    };
  },

  'ngrx-signals-events': () => {
    const injector = rootInjector(provideDispatcher(), signalsEvents.ChatStore);
    const store = injector.get(signalsEvents.ChatStore);
    const dispatcher = injector.get(Dispatcher);
    return {
      state$: watched(store, injector, state => state),
      enter: url => dispatcher.dispatch(signalsEvents.Chat.entered(url)),
      leave: () => dispatcher.dispatch(signalsEvents.Chat.left()),
      destroy: destroyOnce(injector),
    };
  },

  'redux-observable': () => {
    const store = reduxObservable.createChatStore();
    const leave = () => void store.dispatch(reduxObservable.left());
    return {
      state$: stateOf(store),
      enter: url => store.dispatch(reduxObservable.entered(url)),
      leave,
      destroy: leave,
    };
  },

  'scan-subject': () => {
    const { state$, enter, leave } = scanSubject.createChatStore();
    return { state$, enter, leave, destroy: leave };
  },

  zustand: () => {
    const store = zustand.createChatStore();
    let leave: () => void = () => undefined;
    return {
      state$: stateOf(store),
      enter: url => (leave = zustand.enterChat(store, url)),
      leave: () => leave(),
      destroy: () => leave(),
    };
  },
};

/** Returns the states of a signal store. */
const watched = <State extends object>(
  store: StateSource<State>,
  injector: DestroyableInjector,
  project: (state: State) => ChatState,
) =>
  new Observable<ChatState>(subscriber => {
    const watcher = runInInjectionContext(injector, () => watchState(store, state => subscriber.next(project(state))));
    return () => watcher.destroy();
  });

/** Returns the states of a store that notifies listeners of its changes. */
const stateOf = (store: { getState(): ChatState; subscribe(changed: () => void): () => void }) =>
  new Observable<ChatState>(subscriber => {
    subscriber.next(store.getState());
    return store.subscribe(() => subscriber.next(store.getState()));
  });

/** Destroys an injector once, because it can't be destroyed again. */
function destroyOnce(injector: DestroyableInjector): () => void {
  let isDestroyed = false;
  return () => {
    if (isDestroyed) return;
    isDestroyed = true;
    injector.destroy();
  };
}
