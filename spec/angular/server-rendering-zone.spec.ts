import { afterAll } from '@jest/globals';

// zone.js patches these classes of Node, and all suites of a process share them. With the patch, Node can't start a
// `Worker`: it passes plain values to listeners, and zone.js expects events.
const SHARED = [EventTarget.prototype, Event.prototype].map(
  prototype => [prototype, Object.getOwnPropertyDescriptors(prototype)] as const,
);
afterAll(() => {
  for (const [prototype, properties] of SHARED) {
    for (const name of Object.getOwnPropertyNames(prototype))
      if (!Object.hasOwn(properties, name)) Reflect.deleteProperty(prototype, name);
    Object.defineProperties(prototype, properties);
  }
});

await import('zone.js');
const { serverRenderingBehaviour } = await import('../support/server-rendering-behaviour.js');
serverRenderingBehaviour('zone.js');
