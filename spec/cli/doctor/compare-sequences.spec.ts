import { describe, expect, it } from '@jest/globals';
import { compareSequences, middleOf, positionsOf } from '../../../src/cli/doctor/compare-sequences.js';
import type { EventFacts } from '../../../src/cli/doctor/facts.js';

/** Events with these ids. `3!` is an event with the id 3 and other data. */
const events = (ids: string): EventFacts[] =>
  ids
    .split(' ')
    .filter(id => id !== '')
    .map(id => ({ at: 0, type: 'message', id: id.replace(/[!-]$/, ''), digest: id }));

describe('positionsOf', () => {
  it.each([
    ['1 2 3', '1 2 3'],
    ['1 1 2 2 2 3', '1 2 3'],
    ['- - 1 1 2', '1 2'],
    ['- -', ''],
  ])('for %j, returns the events with a new id: %j', (given, expected) => {
    expect(positionsOf(events(given)).map(({ id }) => id)).toEqual(events(expected).map(({ id }) => id));
  });
});

describe('middleOf', () => {
  it.each([
    ['', undefined],
    ['1', undefined],
    ['1 2', '1'],
    ['1 2 3', '2'],
    ['1 2 3 4', '2'],
    ['1 2 3 4 5', '3'],
  ])('for %j, returns the middle position: %j', (given, expected) => {
    expect(middleOf(events(given))?.id).toBe(expected);
  });
});

describe('compareSequences, after resuming from 3 of 1 2 3 4 5 6', () => {
  it.each<[string, unknown]>([
    ['', undefined],
    ['4', undefined],
    ['4 5', undefined],
    ['4 5 6', { kind: 'right' }],
    ['4 5 6 7', { kind: 'right' }],
    ['4 5! 6', { kind: 'other' }],
    ['1', { kind: 'over' }],
    ['2', { kind: 'doubled', ids: ['2', '3'] }],
    ['3', { kind: 'doubled', ids: ['3'] }],
    ['4 4', { kind: 'doubled', ids: ['4'] }],
    ['4 5 1', { kind: 'doubled', ids: ['1', '2', '3', '4', '5'] }],
    ['5', { kind: 'lost', ids: ['4'] }],
    ['6', { kind: 'lost', ids: ['4', '5'] }],
    ['4 6', { kind: 'lost', ids: ['5'] }],
    ['4 7', { kind: 'lost', ids: ['5'] }],
    ['7', { kind: 'new' }],
  ])('judges the received events %j as %j', (received, expected) => {
    expect(compareSequences(events('1 2 3 4 5 6'), '3', events(received))).toEqual(expected);
  });

  it('reports a start from the beginning if it receives the first of two events again', () => {
    expect(compareSequences(events('1 2'), '1', events('1'))).toEqual({ kind: 'over' });
  });
});
