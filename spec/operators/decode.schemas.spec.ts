import { afterEach, describe, expect, it } from '@jest/globals';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { decode, DecodeError, type DecodeIssue, json, type StandardSchema } from '../../src/index.js';
import { fail } from './fail.js';
import { open } from './open.js';
import { settled } from './settled.js';

afterEach(settled);

describe('decode', () => {
  describe('with schemas', () => {
    const zod = z.object({ name: z.string(), tags: z.array(z.string()), since: z.coerce.date() });
    const valibot = v.object({
      name: v.string(),
      tags: v.array(v.string()),
      since: v.pipe(
        v.string(),
        v.transform(text => new Date(text)),
      ),
    });
    const arktype = type({ name: 'string', tags: 'string[]', since: 'string.date.iso.parse' });
    const schemas: [string, StandardSchema][] = [
      ['zod', zod],
      ['valibot', valibot],
      ['arktype', arktype],
    ];
    const valid = { name: 'ann', tags: ['a'], since: '2026-01-02T03:04:05.000Z' };
    const keys = ({ path = [] }: DecodeIssue) => Array.from(path, key => (typeof key === 'object' ? key.key : key));

    it.each(schemas)('validates the parsed JSON of the data, and emits the output of %s', (_, schema) => {
      const { stream, connection } = open(decode({ user: schema }));
      connection.send({ type: 'user', data: valid, id: 7 }).send({ type: 'other', data: '{' });
      expect(stream.values).toEqual([
        { type: 'user', data: { ...valid, since: new Date(valid.since) }, lastEventId: '7' },
      ]);
    });

    it.each(schemas)('uses a single schema of %s for all types', (_, schema) => {
      const { stream, connection } = open(decode(schema));
      connection.send({ type: 'joined', data: valid }).send({ data: valid });
      expect(stream.values.map(({ type }) => type)).toEqual(['joined', 'message']);
      connection.send({ type: 'left', data: {} });
      expect(stream.error).toMatchObject({ name: 'DecodeError', event: { type: 'left' } });
    });

    it.each(schemas)('reports the issues that %s finds, with their paths', (_, schema) => {
      const { stream, connection, server } = open(decode({ user: schema }));
      const data = JSON.stringify({ name: 1, tags: ['a', 2], since: valid.since });
      connection.send({ type: 'user', data, id: 7 });
      const error = stream.error as DecodeError;
      expect(error).toBeInstanceOf(DecodeError);
      expect(error.event).toEqual({ type: 'user', data, lastEventId: '7' });
      expect(error.issues.map(keys)).toEqual([['name'], ['tags', 1]]);
      const [first, second] = error.issues.map(({ message }) => message);
      expect(error.message).toBe(`Invalid data in event "user": name: ${first}; tags.1: ${second}`);
      expect(error).not.toHaveProperty('cause');
      server.verify();
    });

    it.each(schemas)('reports an issue that %s finds with the whole value, without a path', (_, schema) => {
      const { stream, connection } = open(decode({ user: schema }));
      connection.send({ type: 'user', data: '7' });
      const error = stream.error as DecodeError;
      expect(error.issues.map(keys)).toEqual([[]]);
      expect(error.message).toBe(`Invalid data in event "user": ${error.issues[0]?.message}`);
    });

    it.each(schemas)(
      'doesn’t call %s if the data isn’t JSON, and errors with a SyntaxError as the cause',
      (_, schema) => {
        const { stream, connection } = open(decode({ user: schema }));
        connection.send({ type: 'user', data: '{' });
        const error = stream.error as DecodeError;
        expect(error.cause).toBeInstanceOf(SyntaxError);
        expect(error.issues).toEqual([]);
      },
    );

    it('supports coercion, transforms and defaults', () => {
      const { stream, connection } = open(
        decode({
          coerced: z.coerce.number(),
          defaulted: z.object({ room: z.string().default('lobby') }),
          piped: v.pipe(
            v.string(),
            v.transform(text => text.length),
          ),
          morphed: type('string.numeric.parse'),
        }),
      );
      connection.send({ type: 'coerced', data: '"42"' }).send({ type: 'defaulted', data: '{}' });
      connection.send({ type: 'piped', data: '"four"' }).send({ type: 'morphed', data: '"4.5"' });
      expect(stream.values.map(({ data }) => data)).toEqual([42, { room: 'lobby' }, 4, 4.5]);
    });

    it('waits for async schemas of zod and valibot', async () => {
      const known = (name: string) => Promise.resolve(name === 'ann');
      const { stream, connection, server } = open(
        decode({
          zod: z.object({ name: z.string().refine(known, 'nobody knows them') }),
          valibot: v.objectAsync({ name: v.pipeAsync(v.string(), v.checkAsync(known, 'nobody knows them')) }),
          quick: json(),
        }),
      );
      connection.send({ type: 'zod', data: { name: 'ann' } }).send({ type: 'quick', data: 1 });
      connection.send({ type: 'valibot', data: { name: 'ann' } }).send({ type: 'quick', data: 2 });
      expect((await stream.first(4)).map(({ type }) => type)).toEqual(['zod', 'quick', 'valibot', 'quick']);

      const strict = open(decode({ zod: z.object({ name: z.string().refine(known, 'nobody knows them') }) }));
      strict.connection.send({ type: 'zod', data: { name: 'bob' } });
      expect(await strict.stream.failed()).toMatchObject({
        name: 'DecodeError',
        message: 'Invalid data in event "zod": name: nobody knows them',
        issues: [{ path: ['name'], message: 'nobody knows them' }],
      });
      strict.server.verify();

      connection.send({ type: 'valibot', data: { name: 'bob' } });
      expect(await stream.failed()).toMatchObject({
        name: 'DecodeError',
        message: 'Invalid data in event "valibot": name: nobody knows them',
      });
      server.verify();
    });

    it('accepts any object or function with a `~standard` property, and calls `validate` as its method', () => {
      const standard = {
        version: 1,
        vendor: 'own',
        validate(this: unknown, value: unknown) {
          return this === standard ? { value: [value] } : { issues: [{ message: 'another `this`' }] };
        },
      } as const;
      const { stream, connection } = open(
        decode({
          object: { '~standard': standard },
          function: Object.assign(fail('called'), { '~standard': standard }),
        }),
      );
      connection.send({ type: 'object', data: 1 }).send({ type: 'function', data: 2 });
      expect(stream.values.map(({ data }) => data)).toEqual([[1], [2]]);
    });

    it('formats paths with symbols and with keys wrapped in objects', () => {
      const issues = [
        { message: 'is bad', path: [Symbol('s'), { key: 'list' }, 0] },
        { message: 'is worse', path: [] },
        { message: 'is worst' },
      ];
      const schema: StandardSchema = {
        '~standard': { version: 1, vendor: 'own', validate: () => ({ issues }) },
      };
      const { stream, connection } = open(decode(schema));
      connection.send({ data: 1 });
      const error = stream.error as DecodeError;
      expect(error.message).toBe('Invalid data in event "message": Symbol(s).list.0: is bad; is worse; is worst');
      expect(error.issues).toEqual(issues);
    });

    it('sets the cause to the error that a schema throws or rejects with', async () => {
      const reason = new Error('no database');
      const schema = (validate: StandardSchema['~standard']['validate']): StandardSchema => ({
        '~standard': { version: 1, vendor: 'own', validate },
      });
      for (const validate of [fail(reason), () => Promise.reject(reason)]) {
        const { stream, connection } = open(decode(schema(validate)));
        connection.send({ data: 1 });
        expect(await stream.failed()).toMatchObject({ name: 'DecodeError', cause: reason });
      }
    });
  });
});
