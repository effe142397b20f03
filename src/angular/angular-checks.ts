import { assertInInjectionContext } from '@angular/core';
import { isFunction, isObject } from './is-object.js';

// Checks options in development and in Node. In production, a page loads `angular-checks.production.ts` instead:
// `imports` in package.json selects the file.

type IsValid = (value: unknown) => boolean;

/** Throws a `TypeError` unless the value of the option `name` is valid. */
function checkOption(name: string, value: unknown, expected: string, isValid: IsValid): void {
  if (isValid(value)) return;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new TypeError(`Expected ${expected} for the option \`${name}\`, but got ${shown} (${typeof value})`);
}

const isFunctionOrAbsent: IsValid = value => value === undefined || isFunction(value);

/** Checks the options of `injectEventSource`, of its streams, and of `withSse`. */
export function checkObject(options: unknown): void {
  checkOption('options', options, 'an object', isObject);
}

/** Names the function in the error. Without this check, `inject` throws the same Angular error, NG0203. */
export function checkContext({ injector }: { readonly injector?: unknown }, by: (...given: never[]) => unknown): void {
  if (injector === undefined) assertInInjectionContext(by);
}

export function checkInjector(injector: unknown): void {
  const isInjector: IsValid = value => typeof (value as { get?: unknown } | null)?.get === 'function';
  checkOption('injector', injector, 'an injector', isInjector);
}

export function checkStreamOptions(deliver: unknown, zone: unknown = 'batch', ssr: unknown = 'idle'): void {
  checkOption('zone', zone, "'batch' or 'outside'", value => value === 'batch' || value === 'outside');
  checkOption('ssr', ssr, "'idle' or 'connect'", value => value === 'idle' || value === 'connect');
  checkDeliver(deliver);
}

export function checkDeliver(deliver: unknown): void {
  checkOption('deliver', deliver, 'a function', isFunction);
}

export function checkHeaders(headers: unknown): void {
  checkOption('headers', headers, 'headers, or a function', value => isObject(value) || isFunction(value));
}

export function checkId(id: unknown): void {
  checkOption('id', id, 'a non-empty string', value => typeof value === 'string' && value !== '');
}

export function checkSignal(name: string, value: unknown): void {
  checkOption(name, value, 'a signal', isFunction);
}

/** Checks the `context` of `HttpClient`, which only `withHttpClient` uses. */
export function checkHttpContext(context: unknown): void {
  const isContext: IsValid = value => typeof (value as { keys?: unknown } | null)?.keys === 'function';
  if (context !== undefined) checkOption('context', context, 'an HttpContext', isContext);
}

/** Checks the options of a shared stream. */
export function checkShared(
  options: { readonly shareAcrossTabs?: unknown; readonly body?: unknown },
  shareBy: unknown,
): void {
  const { shareAcrossTabs: shared = false, body } = options;
  checkOption(
    'shareAcrossTabs',
    shared,
    'true, false or options',
    value => typeof value === 'boolean' || isObject(value),
  );
  if (shared === false) return;
  if (!shareBy) throw new TypeError('The option `shareAcrossTabs` requires provideSse(withSharedTabs(…))');
  const { bufferSize = 1, replay = 0 } = Object(shared) as Readonly<Record<string, unknown>>;
  const atLeast =
    (least: number): IsValid =>
    value =>
      typeof value === 'number' && value >= least;
  checkOption('bufferSize', bufferSize, 'at least 1 (events)', atLeast(1));
  checkOption('replay', replay, 'at least 0 (events)', atLeast(0));
  if (body !== undefined) {
    throw new TypeError('The option `shareAcrossTabs` allows no `body`: tabs share a stream by its URL');
  }
}

export function checkSharedTabs(options: object): void {
  checkObject(options);
  const { key, platform } = options as Readonly<Record<string, unknown>>;
  checkOption('key', key, 'a function', isFunction);
  if (platform !== undefined) checkOption('platform', platform, 'an object', isObject);
}

export function checkFeatures(features: readonly { readonly defaults?: unknown }[]): void {
  for (const feature of features as readonly ({ readonly defaults?: unknown } | undefined)[]) {
    if (typeof feature?.defaults !== 'function') {
      throw new TypeError(
        'Expected features of `provideSse`: withDefaults(…), withHttpClient(), withSharedTabs(…). (`withSse()` belongs to `provideHttpClient`.)',
      );
    }
  }
}

export function checkDefaults(defaults: unknown): void {
  checkOption('withDefaults', defaults, 'an object or a function', value => isObject(value) || isFunction(value));
}

/** Checks the result of a function passed to `withDefaults`. */
export function checkMadeDefaults(defaults: unknown): void {
  checkOption('withDefaults', defaults, 'the function to return an object', isObject);
}

export function checkBackend(backend: unknown, fetch: unknown): void {
  checkOption('backend', backend, 'a class', isFunctionOrAbsent);
  checkOption('fetch', fetch, 'a function', isFunctionOrAbsent);
}

export function checkResource(request: unknown, options: object): void {
  checkOption('request', request, 'a function', isFunction);
  checkObject(options);
  const given = options as Readonly<Record<string, unknown>>;
  const check = (name: string, expected: string, isValid: IsValid) => {
    if (given[name] !== undefined) checkOption(name, given[name], expected, isValid);
  };
  if (!('initial' in given)) throw new TypeError('The option `initial` is required');
  for (const name of ['reduce', 'reduceMany', 'reset', 'equal']) check(name, 'a function', isFunction);
  check('snapshot', 'withSnapshot(…)', isFunction);
  check('transfer', 'withTransferState(…)', isFunction);
  check('injector', 'an Injector', value => isObject(value) && 'get' in value);
  check('debugName', 'a string', value => typeof value === 'string');
  if ((given['reduce'] === undefined) === (given['reduceMany'] === undefined)) {
    const got = given['reduce'] === undefined ? 'neither' : 'both';
    throw new TypeError(`Expected either \`reduce\` or \`reduceMany\`, but got ${got}`);
  }
  if (given['onInvalid'] !== undefined && given['decode'] === undefined) {
    throw new TypeError('The option `onInvalid` requires the option `decode`');
  }
}

/** Returns the option `debugName` of a signal that is part of a named resource, for Angular's developer tools. */
export const nameOf = (name: string | undefined, part: string): { readonly debugName: string } | undefined =>
  name === undefined ? undefined : { debugName: `${name}.${part}` };

/** The error messages. In production, a page loads shorter ones. */
export const NO_SSE =
  'Expected provideHttpClient(…, withSse()), with withSse() as the last feature, for provideSse(withHttpClient()): ' +
  "without it, HttpClient waits for the end of the response, but a stream doesn't end";
export const KEPT_ANSWER = 'The interceptors returned a cached response, which has no stream';
export const NO_ANSWER = 'The interceptors completed without a response';
export const NO_ERROR = "The thrown value isn't an Error: it's the `cause` of this error";
