import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import * as angularChecks from '../src/angular/angular-checks.js';
import * as noAngularChecks from '../src/angular/angular-checks.production.js';
import * as check from '../src/check.js';
import * as noCheck from '../src/check.production.js';
import * as checks from '../src/option-checks.js';
import * as noChecks from '../src/option-checks.production.js';
import * as otherBodies from '../src/connection/other-bodies.node.js';
import * as noOtherBodies from '../src/connection/other-bodies.js';
import * as parserChecks from '../src/parsing/parser-checks.js';
import * as noParserChecks from '../src/parsing/parser-checks.production.js';
import * as texts from '../src/texts.js';
import * as shortTexts from '../src/texts.production.js';

type Names<Module> = { [Name in keyof Module]: Module[Name] extends string ? string : Module[Name] };
/**
 * Checks that one module can replace the other: a name that only one of them has would be undefined for some, and the build doesn't compare their
 * types.
 */
const standIn = <Module>(_module: Module, other: Names<Module>) => other;

describe('a module that a condition selects', () => {
  it('has the same names and types as the module that it replaces', () => {
    expect(standIn(texts, shortTexts)).toBe(shortTexts);
    expect(Object.keys(shortTexts).sort()).toEqual(Object.keys(texts).sort());
    expect(Object.keys(noChecks).sort()).toEqual(Object.keys(checks).sort());
    expect(Object.keys(noCheck).sort()).toEqual(Object.keys(check).sort());
    expect(Object.keys(noParserChecks).sort()).toEqual(Object.keys(parserChecks).sort());
    expect(Object.keys(noAngularChecks).sort()).toEqual(Object.keys(angularChecks).sort());
    expect(Object.keys(noOtherBodies).sort()).toEqual(Object.keys(otherBodies).sort());
  });

  it('in development, says what was expected, what was received, and what to do', () => {
    expect(texts.wrongStatus(500)).toBe('Expected status 200, but got 500');
    expect(texts.wrongType(['text/event-stream'], 'text/html')).toBe(
      'Expected Content-Type text/event-stream, but got "text/html"',
    );
    expect(texts.wrongType(['text/plain', 'application/json'], null)).toBe(
      'Expected Content-Type text/plain or application/json, but got null',
    );
    expect(texts.wrongType(undefined, 'a/b')).toBe('Expected Content-Type to pass `accept`, but got "a/b"');
    expect(texts.silent(20_000, undefined)).toBe('No data for 20000 ms (idleTimeout)');
    expect(texts.silent(30_000, 10_000)).toBe(
      "No data for 30000 ms (idleTimeout 'auto': three times the longest pause so far, at least 10000 ms)",
    );
    expect(texts.notOpen(5000)).toBe("The stream didn't open within 5000 ms (connectTimeout)");
    expect(texts.tooLarge('line', 10, 11)).toBe(
      'Expected at most 10 characters in a line (maxEventSize), but got at least 11',
    );
    expect(texts.noWait('reconnect.delay', NaN)).toBe(
      'Expected `reconnect.delay` to return milliseconds, 0 or more, but got NaN',
    );
    expect(texts.noAnswer('headers')).toBe('The Observable of `headers` completed without a value');
    expect(texts.noRequest('prepare')).toBe('Expected `prepare` to return { url, init } or null');
    expect(texts.noId(5)).toBe('Expected an id to be a string, but got number');
    expect(texts.noChunk({})).toBe('Expected a chunk of bytes or text, but got object');
    expect(texts.storeFailed('get')).toBe('`get` of the LastEventIdStore failed');
    expect(texts.NO_BODY).toContain('option `fetch`');
    expect(texts.NO_POSITION).toContain('`position`');
    expect(texts.BODY_SENT).toContain('a stream');
    expect(texts.TRUNCATED).toContain('isLast');
    expect(texts.LOST).toBe('The connection was lost');
  });

  it('in production, says less, but still names the problem', () => {
    expect(shortTexts.wrongStatus(503)).toBe('Status 503');
    expect(shortTexts.wrongType(['text/event-stream'], 'text/html')).toBe('Content-Type text/html');
    expect(shortTexts.notOpen(500)).toBe('500 ms');
    expect(shortTexts.silent(20_000, undefined)).toBe('20000 ms');
    expect(shortTexts.faultOf(undefined)).toBe('No fetch');
    expect(shortTexts.faultOf(fetch)).toBeUndefined();
    for (const [name, text] of Object.entries(shortTexts)) {
      if (name === 'faultOf') continue;
      const said = typeof text === 'string' ? text : (text as (...about: unknown[]) => string)('line', 1, 2);
      expect(said.length).toBeGreaterThan(0);
      expect(said.length).toBeLessThan(30);
    }
  });

  it('in production, accepts all options, and doesn’t read other bodies outside of Node', () => {
    expect(() => (noChecks.checkOptions as typeof checks.checkOptions)(7, {})).not.toThrow();
    expect(noOtherBodies.openOtherBody(Readable.from(['data: x\n\n']))).toBeUndefined();
  });
});
