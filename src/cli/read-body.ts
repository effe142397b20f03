import { readFile } from 'node:fs/promises';
import type { CommandIo } from './command-io.js';
import { CommandError, EXIT } from './exit-codes.js';

/** Reads the body of `-d`: text, `@FILE`, or `-` for standard input. */
export async function readBody(given: string, { stdin }: Pick<CommandIo, 'stdin'>): Promise<string> {
  if (given === '-') {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString();
  }
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(given.slice(1), 'utf8');
  } catch (error) {
    throw new CommandError(`Can't read the body: ${(error as Error).message}`, EXIT.file);
  }
}
