// The compiler comes first: Angular's own classes are compiled when they are loaded.
import '@angular/compiler';
import { describe, expect, it } from '@jest/globals';
import * as angular from '../src/angular/index.js';
import * as rxSse from '../src/index.js';
import * as parser from '../src/parser/index.js';
import * as testing from '../src/testing/index.js';
import { compileExamples, type Export, exportsOf } from './support/compile-examples.js';

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

const MODULES = [
  { module: 'rx-sse', path: 'src/index.ts', values: rxSse, atLeast: 13 },
  { module: 'rx-sse/angular', path: 'src/angular/index.ts', values: angular, atLeast: 6 },
  { module: 'rx-sse/diagram', path: 'src/diagram/index.ts', values: undefined, atLeast: 1 },
  { module: 'rx-sse/parser', path: 'src/parser/index.ts', values: parser, atLeast: 2 },
  { module: 'rx-sse/tabs', path: 'src/tabs/index.ts', values: undefined, atLeast: 2 },
  { module: 'rx-sse/testing', path: 'src/testing/index.ts', values: testing, atLeast: 1 },
];
const exportsIn = exportsOf(MODULES.map(({ path }) => path));
const core = exportsIn('src/index.ts');

const namesOf = (exported: readonly Export[]) => exported.map(({ name }) => name);
const examplesOf = (exported: readonly Export[]) =>
  exported.flatMap(({ examples }) => examples).map(text => text.replace(/^```ts\n|\n```$/g, ''));

/** Returns imports of all names that a module and the core export. An example without `values` imports its module itself. */
function importsOf({ module, path, values }: (typeof MODULES)[number]): string[] {
  if (module === 'rx-sse') return [importAll(module, rxSse, namesOf(core))];
  const own = values ? namesOf(exportsIn(path)) : [];
  const others = namesOf(core).filter(name => !own.includes(name));
  return [importAll('rx-sse', rxSse, others), ...(values ? [importAll(module, values, own)] : [])];
}

describe.each(MODULES)('the public API of $module', ({ path, atLeast }) => {
  const face = exportsIn(path);

  it('has documentation for every name', () => {
    expect(namesOf(face.filter(({ docs }) => docs === ''))).toEqual([]);
  });

  it('has an example for every function', () => {
    expect(namesOf(face.filter(({ isCallable, examples }) => isCallable && examples.length === 0))).toEqual([]);
    expect(examplesOf(face).length).toBeGreaterThanOrEqual(atLeast);
  });
});

// In one program, which takes a fraction of the time of one for each module.
it('the examples of the public API compile', () => {
  const examples = MODULES.flatMap(module => {
    const head = [...IMPORTS, ...importsOf(module)].join('\n');
    return examplesOf(exportsIn(module.path)).map(code => `${head}\n${code}\nexport {};`);
  });
  expect(compileExamples(examples, AMBIENT)).toEqual([]);
});
