import { TestBed } from '@angular/core/testing';
import { eventSourceResource, type EventSourceResourceRequest } from '../../src/angular/index.js';

type Request = string | URL | EventSourceResourceRequest | undefined;
type Options = Parameters<typeof eventSourceResource<string>>[1];
export type TextResourceOptions = Partial<Options>;

/** Returns a resource that concatenates the data of the events. */
export const textResource = (request: () => Request = () => '/a', options: TextResourceOptions = {}) =>
  TestBed.runInInjectionContext(() =>
    eventSourceResource(request, { initial: '', reduce: (all, event) => all + event.data, ...options } as Options),
  );
