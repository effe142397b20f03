import '@angular/compiler';
import * as angularCore from '@angular/core';

/** Creates an instance of an example's class in an injection context. */
export function createInContext<T>(Example: unknown, providers: angularCore.StaticProvider[] = []): [T, () => void] {
  const injector = angularCore.Injector.create({ providers });
  const made = angularCore.runInInjectionContext(injector, () => new (Example as new () => T)());
  return [made, () => injector.destroy()];
}
