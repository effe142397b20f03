// The compiler comes first: Angular's own classes are compiled when they are loaded.
import '@angular/compiler';
import { describe, expect, it } from '@jest/globals';
import * as angular from '../src/angular/index.js';
import * as rxSse from '../src/index.js';
import * as testing from '../src/testing/index.js';
import { compileExamples, exportsOf } from './support/compile-examples.js';

/** What the examples in the sources take from their application. */
const AMBIENT = `
  interface Price { readonly symbol: string; readonly price: number }
  declare const rates$: import('rxjs').Observable<number>;
  declare const settings: { get(key: string): string; put(key: string, value: string): Promise<void> };
  declare const room: () => string;
  declare const urlOf: (room: string) => string;
  declare const run: (job: unknown) => Promise<void>;
  declare class App {}
  declare class Session { readonly token: () => string }
  interface Message { readonly text: string }
  declare const auth: import('@angular/common/http').HttpInterceptorFn;
`;

/** The modules of the examples, besides the one that they are for. */
const IMPORTS = [
  `import { defer, from, retry } from 'rxjs';`,
  `import { webSocket } from 'rxjs/webSocket';`,
  `import { createReadStream } from 'node:fs';`,
  `import { HttpXhrBackend, provideHttpClient, withInterceptors } from '@angular/common/http';`,
  `import { Component, inject, input, signal } from '@angular/core';`,
  `import { toSignal } from '@angular/core/rxjs-interop';`,
  `import { bootstrapApplication } from '@angular/platform-browser';`,
];

/** An import of all that a module exports. */
function importAll(module: string, values: object, names: readonly string[]): string {
  const types = names.filter(name => !(name in values)).map(name => `type ${name}`);
  return `import { ${[...Object.keys(values), ...types].join(', ')} } from '${module}';`;
}

const main = exportsOf('src/index.ts');
const door = exportsOf('src/angular/index.ts');
const kit = exportsOf('src/testing/index.ts');
const namesOf = (face: typeof main) => face.map(({ name }) => name);

describe.each([
  { module: 'rx-sse', face: main, imports: [], atLeast: 13 },
  {
    module: 'rx-sse/angular',
    face: door,
    imports: [importAll('rx-sse/angular', angular, namesOf(door))],
    atLeast: 6,
  },
  {
    module: 'rx-sse/testing',
    face: kit,
    imports: [importAll('rx-sse/testing', testing, namesOf(kit))],
    atLeast: 1,
  },
])('the public face of $module', ({ face, imports, atLeast }) => {
  it('is documented, every name of it', () => {
    expect(namesOf(face.filter(({ docs }) => docs === ''))).toEqual([]);
  });

  it('shows an example of every function', () => {
    expect(namesOf(face.filter(({ isCallable, examples }) => isCallable && examples.length === 0))).toEqual([]);
  });

  it('has examples that compile', () => {
    const examples = face.flatMap(({ examples }) => examples).map(text => text.replace(/^```ts\n|\n```$/g, ''));
    expect(examples.length).toBeGreaterThanOrEqual(atLeast);
    const head = [...IMPORTS, importAll('rx-sse', rxSse, namesOf(main)), ...imports].join('\n');
    expect(
      compileExamples(
        examples.map(code => `${head}\n${code}\nexport {};`),
        AMBIENT,
      ),
    ).toEqual([]);
  });
});
