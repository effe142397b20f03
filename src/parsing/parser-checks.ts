import { checkEach, checkGiven } from '#check';
import { atLeast, FUNCTION, type Kind, OBJECT } from '../kind.js';

// In production, a page loads `parser-checks.production.ts` instead. `imports` in package.json selects the file.

const KINDS: Record<string, Kind> = {
  maxEventSize: /* @__PURE__ */ atLeast(1, 'characters'),
  lastEventId: ['a string', value => typeof value === 'string'],
  onRetryTime: FUNCTION,
  onComment: FUNCTION,
  onIgnoredLine: FUNCTION,
  onLastEventId: FUNCTION,
};

/** Throws a `TypeError` if an option or a callback has the wrong type. */
export function checkParserOptions(options: object): void {
  checkEach(KINDS, options);
}

/** Throws a `TypeError` if the handler can't receive events. */
export function checkHandler(handler: object): void {
  checkGiven('handler', handler, OBJECT);
  checkGiven('onEvent', (handler as { readonly onEvent?: unknown }).onEvent, FUNCTION);
  checkParserOptions(handler);
}
