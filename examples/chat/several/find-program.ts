import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Returns the executable with this name. Servers are often not on the PATH of users other than root. */
export function findProgram(name: string): string {
  const { PATH = '' } = process.env;
  const found = [...PATH.split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin']
    .map(folder => join(folder, name))
    .find(existsSync);
  if (found === undefined) throw new Error(`${name} isn't on the PATH: please install it`);
  return found;
}
