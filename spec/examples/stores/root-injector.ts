import '@angular/compiler';
import {
  type DestroyableInjector,
  type EnvironmentProviders,
  ErrorHandler,
  Injector,
  type Provider,
  type StaticProvider,
  ɵINJECTOR_SCOPE,
} from '@angular/core';

/** The injector that an application has at its root, without the page that Angular makes one for. */
export function rootInjector(...providers: (Provider | EnvironmentProviders)[]): DestroyableInjector {
  return Injector.create({
    // Static or not: at this level there is one kind of injector only.
    providers: [{ provide: ɵINJECTOR_SCOPE, useValue: 'root' }, ErrorHandler, ...(providers as StaticProvider[])],
  });
}
