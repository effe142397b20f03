import { readFileSync } from 'node:fs';

/**
 * Returns the TypeScript examples of a page by heading. The second example under a heading has the suffix ` 2`, and so
 * on.
 */
export function examplesOf(page: string): ReadonlyMap<string, string> {
  const examples = new Map<string, string>();
  let heading = '';
  let count = 0;
  for (const [, title, code = ''] of readFileSync(page, 'utf8').matchAll(/^#+ (.+)$|^```ts\n([^]*?)^```$/gm)) {
    if (title !== undefined) {
      heading = title;
      count = 0;
    } else {
      count++;
      examples.set(count === 1 ? heading : `${heading} ${count}`, code);
    }
  }
  return examples;
}

/** Declarations that the examples take from their application, for the compiler. */
export const APPLICATION = `
  declare const chunks: Uint8Array<ArrayBuffer>[];
  declare const body: ReadableStream<Uint8Array<ArrayBuffer>>;
  declare const auth: {
    token(): Promise<string>;
    refresh(): Promise<void>;
    ticket(): Promise<string>;
    readonly token$: import('rxjs').Observable<string>;
  };
  declare const orders: {
    position(): Promise<string>;
    save(order: unknown, position: string): Promise<void>;
  };
`;
