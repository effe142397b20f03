// The compiler comes first: Angular's own classes are compiled when they are loaded.
import '@angular/compiler';
import { describe, expect, it } from '@jest/globals';
import * as angular from '../src/angular/index.js';
import * as rxSse from '../src/index.js';
import * as parser from '../src/parser/index.js';
import * as testing from '../src/testing/index.js';
import { compileExamples, exportsOf } from './support/compile-examples.js';

/** Declarations of the names that the examples in the sources take from their application. */
const AMBIENT = `
  interface Price { readonly symbol: string; readonly price: number }
  declare const rates$: import('rxjs').Observable<number>;
  declare const settings: { get(key: string): string; put(key: string, value: string): Promise<void> };
  declare const room: () => string;
  declare const urlOf: (room: string) => string;
  declare const run: (job: unknown) => Promise<void>;
  declare class App {}
  declare class Session { readonly token: () => string; readonly userId: string }
  interface Message { readonly text: string }
  declare const user: string;
  declare const auth: import('@angular/common/http').HttpInterceptorFn;
`;

/** The imports of the examples, besides the module that they belong to. */
const IMPORTS = [
  `import { defer, from, retry } from 'rxjs';`,
  `import { webSocket } from 'rxjs/webSocket';`,
  `import { createReadStream } from 'node:fs';`,
  `import { HttpXhrBackend, provideHttpClient, withInterceptors } from '@angular/common/http';`,
  `import { Component, inject, input, signal } from '@angular/core';`,
  `import { toSignal } from '@angular/core/rxjs-interop';`,
  `import { bootstrapApplication } from '@angular/platform-browser';`,
  `import { expect, it } from '@jest/globals';`,
];

/** Returns an import of all names that a module exports. */
function importAll(module: string, values: object, names: readonly string[]): string {
  return `import { ${names.map(name => (name in values ? name : `type ${name}`)).join(', ')} } from '${module}';`;
}

const main = exportsOf('src/index.ts');
const door = exportsOf('src/angular/index.ts');
const diagramDoor = exportsOf('src/diagram/index.ts');
const parserDoor = exportsOf('src/parser/index.ts');
const tabsDoor = exportsOf('src/tabs/index.ts');
const kit = exportsOf('src/testing/index.ts');
const namesOf = (face: typeof main) => face.map(({ name }) => name);
const coreWithout = (names: readonly string[]) =>
  importAll(
    'rx-sse',
    rxSse,
    namesOf(main).filter(name => !names.includes(name)),
  );
const core = coreWithout([]);

describe.each([
  { module: 'rx-sse', face: main, imports: [core], atLeast: 13 },
  {
    module: 'rx-sse/angular',
    face: door,
    imports: [core, importAll('rx-sse/angular', angular, namesOf(door))],
    atLeast: 6,
  },
  {
    module: 'rx-sse/diagram',
    face: diagramDoor,
    imports: [core],
    atLeast: 1,
  },
  {
    module: 'rx-sse/parser',
    face: parserDoor,
    imports: [coreWithout(namesOf(parserDoor)), importAll('rx-sse/parser', parser, namesOf(parserDoor))],
    atLeast: 2,
  },
  {
    module: 'rx-sse/tabs',
    face: tabsDoor,
    imports: [core],
    atLeast: 2,
  },
  {
    module: 'rx-sse/testing',
    face: kit,
    imports: [core, importAll('rx-sse/testing', testing, namesOf(kit))],
    atLeast: 1,
  },
])('the public API of $module', ({ face, imports, atLeast }) => {
  it('has documentation for every name', () => {
    expect(namesOf(face.filter(({ docs }) => docs === ''))).toEqual([]);
  });

  it('has an example for every function', () => {
    expect(namesOf(face.filter(({ isCallable, examples }) => isCallable && examples.length === 0))).toEqual([]);
  });

  it('has examples that compile', () => {
    const examples = face.flatMap(({ examples }) => examples).map(text => text.replace(/^```ts\n|\n```$/g, ''));
    expect(examples.length).toBeGreaterThanOrEqual(atLeast);
    const head = [...IMPORTS, ...imports].join('\n');
    expect(
      compileExamples(
        examples.map(code => `${head}\n${code}\nexport {};`),
        AMBIENT,
      ),
    ).toEqual([]);
  });
});
