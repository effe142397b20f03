import { check, checkEach } from '#check';
import { isObservable } from 'rxjs';
import { atLeast, FUNCTION, isObject, type Kind, MILLISECONDS, OBJECT, SCHEDULER } from './kind.js';
import { isStream } from './connection/build-request.js';
import type { BackoffConfig } from './life/backoff.js';
import type { ReconnectPolicy } from './life/reconnect-policy.js';
import type { EventSourceOptions } from './options.js';
import type { LastEventIdStore } from './position/last-event-id-store.js';

// Checks options in development and in Node. In production, a page loads `option-checks.production.ts` instead:
// `imports` in package.json selects the file.

const isUrl = (value: unknown): boolean => typeof value === 'string' || value instanceof URL;
const OBSERVABLE: Kind = ['an Observable', isObservable];

const BACKOFF_KINDS: Record<keyof BackoffConfig, Kind> = {
  delay: MILLISECONDS,
  maxDelay: MILLISECONDS,
  factor: /* @__PURE__ */ atLeast(1),
  jitter: ['a number from 0 to 1', value => typeof value === 'number' && value >= 0 && value <= 1],
};

const POLICY_KINDS: Record<keyof ReconnectPolicy, Kind> = {
  ...BACKOFF_KINDS,
  count: /* @__PURE__ */ atLeast(0),
  delay: [MILLISECONDS[0], value => typeof value === 'function' || MILLISECONDS[1](value)],
  when: FUNCTION,
  onEnd: ['a boolean', value => typeof value === 'boolean'],
  serverDelay: ['a boolean or a function', value => /boolean|function/.test(typeof value)],
  wake: OBSERVABLE,
};

const OPTION_KINDS: Partial<Record<keyof EventSourceOptions | 'signal', Kind>> = {
  method: ['a string', value => typeof value === 'string'],
  signal: ['no signal (unsubscribe or use takeUntil instead)', value => value === null],
  headers: ['headers or a function', value => typeof value === 'function' || isObject(value)],
  prepare: FUNCTION,
  resume: ['a URL or a function', value => typeof value === 'function' || isUrl(value)],
  fetch: FUNCTION,
  lastEventId: ['an id without NUL, CR and LF or a store with get and set', isPosition],
  lastEventIdParam: ['a name', value => typeof value === 'string' && value !== ''],
  position: FUNCTION,
  isGap: FUNCTION,
  isLast: FUNCTION,
  connectWhile: OBSERVABLE,
  renew: OBSERVABLE,
  accept: ['media types like text/event-stream, or a function', isAccept],
  validate: FUNCTION,
  deliver: FUNCTION,
  connectTimeout: MILLISECONDS,
  idleTimeout: [`${MILLISECONDS[0]} or 'auto'`, value => value === 'auto' || MILLISECONDS[1](value)],
  maxEventSize: /* @__PURE__ */ atLeast(1, 'characters'),
  scheduler: SCHEDULER,
};

/** Throws a `TypeError` if an argument of `fromEventSource` has the wrong type. */
export function checkOptions(url: unknown, options: EventSourceOptions): void {
  if (!isUrl(url)) throw new TypeError(`Expected a string or a URL as the url, but got ${typeof url}`);
  check('options', options, OBJECT);
  checkEach(OPTION_KINDS, options);
  const { reconnect, body, prepare, resume } = options;
  checkPolicy(reconnect);
  if (reconnect !== false && isStream(body) && !prepare && !resume && (reconnect ?? isGet(options))) {
    throw new TypeError(
      'A `body` that is a stream can be sent only once: set `reconnect: false`, or return a new body from `prepare`',
    );
  }
}

/** Throws a `TypeError` if a part of the policy has the wrong type. */
export function checkPolicy(policy: ReconnectPolicy<never> | false | undefined): void {
  check('reconnect', policy, ['an object or false', value => value === false || isObject(value)]);
  if (policy) checkEach(POLICY_KINDS, policy, 'reconnect.');
}

/** Throws a `TypeError` if an option of the waits has the wrong type. */
export function checkBackoff(config: BackoffConfig): void {
  check('backoff', config, OBJECT);
  checkEach(BACKOFF_KINDS, config, 'backoff.');
}

const isGet = ({ method = 'GET' }: EventSourceOptions) => method.toUpperCase() === 'GET';

function isAccept(value: unknown): boolean {
  // Rejects `text/*`: it looks useful, but no response has this type.
  const isMediaType = (type: unknown) => /^[^\s*/,;]+\/[^\s*/,;]+ *(;|$)/.test(String(type));
  return typeof value === 'function' || (Array.isArray(value) && value.every(isMediaType));
}

function isPosition(value: unknown): boolean {
  if (typeof value === 'string') return !/[\0\r\n]/.test(value);
  const store = value as Partial<LastEventIdStore> | null | undefined;
  return typeof store?.get === 'function' && typeof store.set === 'function';
}
