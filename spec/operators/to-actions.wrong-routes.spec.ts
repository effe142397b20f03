import { describe, expect, it } from '@jest/globals';
import { ofEventType, toActions } from '../../src/index.js';
import { itChecked } from '../support/checked.js';
import { lifecycle, server } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';

describe('toActions', () => {
  describe('wrong routes', () => {
    const fine = () => undefined;
    const wrong: [string, unknown][] = [
      ['state', {}],
      ['reset', 1],
      ['gap', 'now'],
      ['snapshot', null],
    ];
    itChecked.each(wrong)('throw at the call, and the error names them: %s as %j', (name, route) => {
      const routes = { events: { fine }, [name]: route };
      expect(() => toActions(routes as never)).toThrow(TypeError);
      expect(() => toActions(routes as never)).toThrow(`Expected a function for the option \`${name}\``);
    });

    itChecked.each<[string, unknown]>([
      ['chat', 'text'],
      ['chat', null],
      ['state', 1],
      ['__proto__', 1],
    ])('throw at the call for events, and the error names them: %s as %j', (type, route) => {
      const events = Object.fromEntries([
        ['fine', fine],
        [type, route],
      ]);
      expect(() => toActions({ events } as never)).toThrow(TypeError);
      expect(() => toActions({ events } as never)).toThrow(`Expected a function for the option \`events.${type}\``);
    });

    itChecked.each([1, null, () => undefined])('throw at the call if `events` isn’t an object: %p', events => {
      expect(() => toActions({ events } as never)).toThrow(TypeError);
      expect(() => toActions({ events } as never)).toThrow('Expected an object for the option `events`');
    });

    it.each(['chat', 'message', 'constructor', 'hasOwnProperty', '__proto__'])(
      'throw at the call if functions for events aren’t inside `events`: %s',
      name => {
        const routes = Object.fromEntries([
          ['state', fine],
          [name, fine],
        ]);
        expect(() => toActions(routes as never)).toThrow(TypeError);
        expect(() => toActions(routes as never)).toThrow(
          `Unknown option \`${name}\`: put functions for events into the option \`events\``,
        );
      },
    );

    itChecked.each([undefined, null, 'routes', 1, () => undefined])(
      'throw at the call if there is no object at all: %p',
      routes => {
        expect(() => toActions(routes as never)).toThrow(TypeError);
        expect(() => toActions(routes as never)).toThrow('Expected an object for the option `routes`');
      },
    );

    it('are ignored if they are `undefined`', () => {
      const observed = observe(
        lifecycle().pipe(
          ofEventType('message'),
          toActions({
            events: { message: undefined },
            ...{ state: undefined, reset: undefined, gap: undefined, snapshot: undefined, chat: undefined },
          } as never),
        ),
      );
      server.expectConnection().open().send('a').end();
      expect({ values: observed.values, status: observed.status }).toEqual({ values: [], status: 'live' });
    });
  });
});
