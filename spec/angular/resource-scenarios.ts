/* eslint jest/no-standalone-expect: off -- the expectations of a test are in its scenario */
import { wrongStatus } from '#texts';
import { provideHttpClient, withFetch } from '@angular/common/http';
import type { Type } from '@angular/core';
import { expect } from '@jest/globals';
import type { Scenario } from '../support/run-examples.js';
import { until } from '../support/until.js';
import { ada, inAngular } from './angular-run.js';

interface Notes {
  add(text: string): void;
}

/** The scenarios of docs/angular.md from `Resources` to `A stream that follows another resource`. */
export const RESOURCE_SCENARIOS: Readonly<Record<string, Scenario>> = {
  Resources: inAngular(async ({ execute, open, show, server }) => {
    const { Room } = await execute<{ Room: Type<unknown> }>('Resources');
    const room = show(Room);
    expect(room.text('li')).toBe('Loading');
    const lobby = await open(0, '');
    expect(lobby.request.url).toBe('/rooms/lobby/stream');
    await room.shows('Nothing yet', 'li');
    lobby.send(`retry: 30000\nid: 7\nevent: chat\ndata: ${ada}\n\n`);
    await room.shows('Ada: hi', 'li');
    lobby.cut();
    await until(() => /^Connection lost\. Next attempt in (1[5-9]|2\d|30) s\.$/.test(room.text('p')));
    expect(room.text('li')).toBe('Ada: hi');
    room.click('Garden');
    const garden = await open(1, `retry: 0\nid: 8\nevent: chat\ndata: ${ada}\n\n`);
    expect(garden.request.url).toBe('/rooms/garden/stream');
    expect(garden.lastEventId).toBeUndefined();
    await room.shows('Ada: hi', 'li');
    garden.cut();
    (await server.exchange(2)).refuse(404);
    await until(() => room.text('p').startsWith(wrongStatus(404)));
    expect(room.text('li')).toBe('Ada: hi');
    room.click('Try again');
    await room.shows('', 'p');
    const again = await open(3, `event: chat\ndata: ${ada}\n\n`);
    expect(again.lastEventId).toBe('8');
    await room.shows('Ada: hi | Ada: hi', 'li');
    room.click('Leave');
    await room.shows('Nothing yet', 'li');
    await again.gone();
  }),

  'Entries of your own': inAngular(async ({ execute, open, server, show, provide }) => {
    provide(provideHttpClient(withFetch()));
    const { Notes } = await execute<{ Notes: Type<Notes> }>('Entries of your own');
    const notes = show(Notes);
    const stream = await open(0, 'event: note\ndata: {"key":"a","text":"first"}\n\n');
    await notes.shows('first', 'p');
    notes.component.add('second');
    expect(notes.text('p')).toBe('first | second …');
    const post = await server.exchange(1);
    const note = await post.body();
    stream.send(`event: note\ndata: ${note}\n\n`);
    await notes.shows('first | second', 'p');
    post.refuse(204);
  }),

  'A snapshot first': inAngular(async ({ execute, open, server, show, provide }) => {
    provide(provideHttpClient(withFetch()));
    const { BoardView } = await execute<{ BoardView: Type<unknown> }>('A snapshot first');
    const board = show(BoardView);
    const stream = await open(0, 'event: joined\ndata: {"version":1,"name":"Ada"}\n\n');
    const load = await server.exchange(1);
    expect(load.request.url).toBe('/board');
    stream.send('event: joined\ndata: {"version":2,"name":"Bob"}\n\n');
    load.refuse(200, { 'content-type': 'application/json' }, '{"version":1,"names":["Ada"]}');
    await board.shows('Ada,Bob');
  }),

  'A stream that follows another resource': inAngular(async ({ execute, open, server, show, provide }) => {
    provide(provideHttpClient(withFetch()));
    const { Mine } = await execute<{ Mine: Type<unknown> }>('A stream that follows another resource');
    const mine = show(Mine);
    expect(mine.text()).toBe('loading:');
    (await server.exchange(0)).refuse(200, { 'content-type': 'application/json' }, '{"id":"ada"}');
    await mine.shows('loading:');
    const stream = await open(1, 'data: hi\n\n');
    expect(stream.request.url).toBe('/users/ada/notes');
    await mine.shows('resolved: hi');
  }),
};
