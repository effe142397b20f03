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

/** Creates the root injector of an application, without bootstrapping one on a page. */
export function rootInjector(...providers: (Provider | EnvironmentProviders)[]): DestroyableInjector {
  return Injector.create({
    // The cast is safe: at this level, there is only one kind of injector for static and other providers.
    providers: [{ provide: ɵINJECTOR_SCOPE, useValue: 'root' }, ErrorHandler, ...(providers as StaticProvider[])],
  });
}
