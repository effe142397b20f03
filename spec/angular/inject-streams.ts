import type { EnvironmentProviders, Provider } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { injectEventSource } from 'rx-sse/angular';

export type Providers = (Provider | EnvironmentProviders)[];

/** Returns the stream function of an application with these providers. */
export function injectStreams(...providers: Providers) {
  TestBed.configureTestingModule({ providers });
  return TestBed.runInInjectionContext(() => injectEventSource());
}
