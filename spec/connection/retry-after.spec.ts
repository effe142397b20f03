import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { retryAfter } from '../../src/connection/retry-after.js';

describe('retryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const at = (seconds: number) => new Date(now + seconds * 1000).toUTCString();

  it.each<[string, Record<string, string>, number | undefined]>([
    ['nothing from a missing header', {}, undefined],
    ['seconds', { 'retry-after': '5' }, 5000],
    ['zero seconds, with spaces around them', { 'retry-after': ' 0 ' }, 0],
    ['a date', { 'retry-after': at(60) }, 60_000],
    ['a date relative to the server’s own clock', { 'retry-after': at(3660), date: at(3600) }, 60_000],
    ['a date when the server’s clock can’t be read', { 'retry-after': at(60), date: 'noon' }, 60_000],
    ['nothing from a date in the past', { 'retry-after': at(-60) }, undefined],
    ['a huge number of seconds as an hour', { 'retry-after': '99999999999999999999' }, 3_600_000],
    ['a distant date as an hour', { 'retry-after': at(1e6) }, 3_600_000],
    ['nothing from a negative number', { 'retry-after': '-5' }, undefined],
    ['nothing from a fraction', { 'retry-after': '1.5' }, undefined],
    ['nothing from a word', { 'retry-after': 'soon' }, undefined],
    ['nothing from a word that `Date` can parse', { 'retry-after': 'foo 2099' }, undefined],
    ['a date in the obsolete format of RFC 850', { 'retry-after': 'Thursday, 01-Jan-26 00:01:00 GMT' }, 60_000],
    ['a date in the format of asctime', { 'retry-after': 'Thu Jan  1 00:01:00 2026' }, 60_000],
    ['nothing from an empty header', { 'retry-after': '' }, undefined],
  ])('reads %s', (_what, headers, expected) => {
    expect(retryAfter(new Headers(headers), now)).toBe(expected);
  });

  // RFC 9110 § 5.6.7: one date in its three formats. The result must not depend on the machine's time zone, which is fixed when its process starts.
  it.each(['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati'])(
    'reads all formats of a date the same way in the time zone %s',
    async zone => {
      const script = `
      import { retryAfter } from './src/connection/retry-after.ts';
      const dates = minute => [
        'Sun, 06 Nov 1994 08:' + minute + ':37 GMT', 'Sunday, 06-Nov-94 08:' + minute + ':37 GMT', 'Sun Nov  6 08:' + minute + ':37 1994',
        'Wed Nov 16 08:' + minute + ':37 1994',
      ];
      const now = Date.parse('1994-11-06T08:49:37Z');
      const waits = [...dates('50').map(date => retryAfter(new Headers({ 'retry-after': date }), now))];
      for (const date of dates('49').slice(0, 3)) {
        for (const until of dates('51').slice(0, 3)) waits.push(retryAfter(new Headers({ date, 'retry-after': until }), 0));
      }
      console.log(JSON.stringify([new Date(now).getTimezoneOffset(), ...waits]));`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '--eval', script],
        { env: { ...process.env, TZ: zone } },
      );
      const [offset, ...waits] = JSON.parse(stdout) as number[];
      // The process runs in the time zone.
      expect(offset === 0).toBe(zone === 'UTC');
      expect(waits).toEqual([60_000, 60_000, 60_000, 3_600_000, ...Array<number>(9).fill(120_000)]);
    },
  );
});
