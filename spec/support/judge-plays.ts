import { inspect, isDeepStrictEqual } from 'node:util';
import { DIFFERENCES, type Difference, type Transcript } from './expected-transcript.js';
import type { Play } from './script-server.js';

/** A browser's timer may be early by this many milliseconds. */
const EARLY = 2;

export const transcript = ({ requests, items }: Transcript): Transcript => ({ requests, items });
export const isAsExpected = (play: Play): boolean => isDeepStrictEqual(transcript(play), transcript(play.expected));

export const differencesOf = (plays: readonly Play[]): Set<Difference> =>
  new Set(plays.flatMap(({ expected }) => [...expected.differences]));

/** Whether both clients requested and reported the same. */
export const isSame = (plays: readonly Play[]): boolean =>
  new Set(plays.map(play => JSON.stringify(transcript(play)))).size === 1;

/** Returns the faults of a play, regardless of the other client. */
function faultsOf({ client, items, waits, expected }: Play): string[] {
  const isSoon = expected.waits.some((wait, index) => (waits[index] ?? wait) < wait - EARLY);
  return [
    ...(items.indexOf('closed') === items.length - 1 ? [] : [`${client} has no end`]),
    ...(isSoon ? [`${client} came back too soon`] : []),
  ];
}

/**
 * Returns a description of the plays if something unexplained happened. Without a known difference, both clients must
 * do the same. With one, or if only one client plays, each must do as expected. Each must also end, and not reconnect
 * sooner than the server requested.
 */
export function disagreement(plays: readonly Play[]): string | undefined {
  const differences = [...differencesOf(plays)];
  const isRight = plays.every(isAsExpected) || (plays.length > 1 && differences.length === 0 && isSame(plays));
  const wrong = [...(isRight ? [] : ['not as expected']), ...plays.flatMap(faultsOf)];
  if (wrong.length === 0) return undefined;
  const shown = {
    script: plays[0]?.script.map(part => ({ ...part, body: Buffer.from(part.body).toString('latin1') })),
    differences: differences.map(name => DIFFERENCES[name]),
    ...Object.fromEntries(plays.map(play => [play.client, { ...transcript(play), waits: play.waits }])),
    expected: plays.map(({ expected }) => expected),
  };
  return `${wrong.join(', ')}: ${inspect(shown, { depth: null, breakLength: 160, maxStringLength: 2000 })}`;
}
