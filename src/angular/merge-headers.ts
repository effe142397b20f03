import { checkHeaders } from '#angular-checks';
import type { Attempt, EventSourceOptions, HeadersLike } from '../index.js';
import { andThen, isPromiseLike, settle } from '../settle.js';

type HeadersOption = EventSourceOptions['headers'];

/** Merges headers by name; `own` overrides `defaults`. If one is a function, it's called for each attempt. */
export function mergeHeaders(defaults: HeadersOption, own: HeadersOption): HeadersOption {
  if (!defaults || !own) return own ?? defaults;
  checkHeaders(own);
  return attempt => {
    const [first, second] = [answerOf(defaults, attempt), answerOf(own, attempt)];
    // It may reject while the first is pending.
    if (isPromiseLike(second)) second.then(undefined, () => undefined);
    return settle('headers', () => first).pipe(
      andThen(before => settle('headers', () => second).pipe(andThen(after => merge(before, after)))),
    );
  };
}

const answerOf = (headers: HeadersOption, attempt: Attempt) =>
  typeof headers === 'function' ? headers(attempt) : headers;

function merge(defaults: HeadersLike = {}, own: HeadersLike = {}): HeadersLike {
  const entries = entriesOf(own);
  const names = entries.map(([name]) => name.toLowerCase());
  return [...entriesOf(defaults).filter(([name]) => !names.includes(name.toLowerCase())), ...entries];
}

const entriesOf = (headers: HeadersLike): [string, string][] => [
  ...((Symbol.iterator in headers ? headers : Object.entries(headers)) as Iterable<[string, string]>),
];
