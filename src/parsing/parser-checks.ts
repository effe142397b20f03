import { checkEach, checkGiven } from '#check';
import { atLeast, FUNCTION, type Kind, OBJECT } from '../kind.js';

// In production a page loads `parser-checks.production.ts` in its place: `imports` in package.json chooses.

const KINDS: Record<string, Kind> = {
  maxEventSize: /* @__PURE__ */ atLeast(1, 'characters'),
  lastEventId: ['a string', value => typeof value === 'string'],
  onRetryTime: FUNCTION,
  onComment: FUNCTION,
  onIgnoredLine: FUNCTION,
  onLastEventId: FUNCTION,
};

/** Refuses options of a parser, and callbacks, of a wrong type. */
export function checkParserOptions(options: object): void {
  checkEach(KINDS, options);
}

/** Refuses what can't be called with events. */
export function checkHandler(handler: object): void {
  checkGiven('handler', handler, OBJECT);
  checkGiven('onEvent', (handler as { readonly onEvent?: unknown }).onEvent, FUNCTION);
  checkParserOptions(handler);
}
