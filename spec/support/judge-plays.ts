import { inspect, isDeepStrictEqual } from 'node:util';
import { DIFFERENCES, type Difference, type Transcript } from './expected-transcript.js';
import type { Play } from './script-server.js';

/** A timer of a browser may be early by so much, in milliseconds. */
const EARLY = 2;

export const transcript = ({ requests, items }: Transcript): Transcript => ({ requests, items });
export const isAsExpected = (play: Play): boolean => isDeepStrictEqual(transcript(play), transcript(play.expected));

export const differencesOf = (plays: readonly Play[]): Set<Difference> =>
  new Set(plays.flatMap(({ expected }) => [...expected.differences]));

/** Whether the two have said and done the same. */
export const isSame = (plays: readonly Play[]): boolean =>
  new Set(plays.map(play => JSON.stringify(transcript(play)))).size === 1;

/** Why a play is not what it should be, whatever the other client has done. */
function faultsOf({ client, items, waits, expected }: Play): string[] {
  const isSoon = expected.waits.some((wait, index) => (waits[index] ?? wait) < wait - EARLY);
  return [
    ...(items.indexOf('closed') === items.length - 1 ? [] : [`${client} has no end`]),
    ...(isSoon ? [`${client} came back too soon`] : []),
  ];
}

/**
 * What nothing explains: that the two differ, or, where a difference is named, that one does not do as is expected of it; that
 * one has not come to its end, or came back sooner than the server had asked. One that plays alone does as is expected of it.
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
