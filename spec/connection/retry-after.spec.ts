import { describe, expect, it } from '@jest/globals';
import { retryAfter } from '../../src/connection/retry-after.js';

describe('retryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const at = (seconds: number) => new Date(now + seconds * 1000).toUTCString();

  it.each<[string, Record<string, string>, number | undefined]>([
    ['none', {}, undefined],
    ['seconds', { 'retry-after': '5' }, 5000],
    ['no seconds', { 'retry-after': ' 0 ' }, 0],
    ['a date', { 'retry-after': at(60) }, 60_000],
    ['a date by the server’s own clock', { 'retry-after': at(3660), date: at(3600) }, 60_000],
    ['a date with a clock that cannot be read', { 'retry-after': at(60), date: 'noon' }, 60_000],
    ['a date that has passed', { 'retry-after': at(-60) }, undefined],
    ['an hour at the most', { 'retry-after': '99999999999999999999' }, 3_600_000],
    ['an hour at the most of a date', { 'retry-after': at(1e6) }, 3_600_000],
    ['a negative number', { 'retry-after': '-5' }, undefined],
    ['a fraction', { 'retry-after': '1.5' }, undefined],
    ['a word', { 'retry-after': 'soon' }, undefined],
    ['a word that `Date` reads', { 'retry-after': 'foo 2099' }, undefined],
    ['a date of old', { 'retry-after': 'Thursday, 01-Jan-26 00:01:00 GMT' }, 60_000],
    ['nothing', { 'retry-after': '' }, undefined],
  ])('reads %s', (_what, headers, expected) => {
    expect(retryAfter(new Headers(headers), now)).toBe(expected);
  });
});
