import { NgZone } from '@angular/core';
import { TestBed } from '@angular/core/testing';

/** Counts how often `NgZone.run` is called from outside the zone. Without zone.js, it is called all the same. */
export function countEntries(): { count: number } {
  const entries = { count: 0 };
  const zone = TestBed.inject(NgZone);
  const run = zone.run.bind(zone);
  const runOutsideAngular = zone.runOutsideAngular.bind(zone);
  let depth = 0;
  const within = <T>(newDepth: number, call: () => T): T => {
    const before = depth;
    depth = newDepth;
    try {
      return call();
    } finally {
      depth = before;
    }
  };
  zone.run = (...args) => {
    if (depth === 0) entries.count++;
    return within(depth + 1, () => run(...args));
  };
  zone.runOutsideAngular = call => within(0, () => runOutsideAngular(call));
  return entries;
}
