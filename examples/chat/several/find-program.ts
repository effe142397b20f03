import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The executable of that name. Servers are seldom on the PATH of a user who is not root. */
export function findProgram(name: string): string {
  const { PATH = '' } = process.env;
  const found = [...PATH.split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin']
    .map(folder => join(folder, name))
    .find(existsSync);
  if (found === undefined) throw new Error(`Expected ${name} on the PATH, but found none: install it, please`);
  return found;
}
