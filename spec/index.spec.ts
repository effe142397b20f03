import { describe, expect, it } from '@jest/globals';
import * as rxSse from '../src/index.js';
import { compileExamples, exportsOf } from './support/compile-examples.js';

/** What the examples in the sources take from their application. */
const AMBIENT = `
  interface Price { readonly symbol: string; readonly price: number }
  declare const rates$: import('rxjs').Observable<number>;
  declare const settings: { get(key: string): string; put(key: string, value: string): Promise<void> };
  declare const room: () => string;
  declare const urlOf: (room: string) => string;
  declare const run: (job: unknown) => Promise<void>;
`;

describe('the public face', () => {
  const face = exportsOf('src/index.ts');

  it('is documented, every name of it', () => {
    expect(face.filter(({ docs }) => docs === '').map(({ name }) => name)).toEqual([]);
  });

  it('shows an example of every function', () => {
    const silent = face.filter(({ isCallable, examples }) => isCallable && examples.length === 0);
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('has examples that compile', () => {
    const types = face.map(({ name }) => name).filter(name => !(name in rxSse));
    const imports = [
      `import { ${Object.keys(rxSse).join(', ')}, ${types.map(name => `type ${name}`).join(', ')} } from 'rx-sse';`,
      `import { defer, from, retry } from 'rxjs';`,
      `import { webSocket } from 'rxjs/webSocket';`,
      `import { createReadStream } from 'node:fs';`,
    ].join('\n');
    const examples = face.flatMap(({ examples }) => examples).map(text => text.replace(/^```ts\n|\n```$/g, ''));
    expect(examples.length).toBeGreaterThan(12);
    expect(
      compileExamples(
        examples.map(code => `${imports}\n${code}\nexport {};`),
        AMBIENT,
      ),
    ).toEqual([]);
  });
});
