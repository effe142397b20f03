import type { TabLocks } from './tab-platform.js';

/** What tabs understand of each other: another version is another group. */
const PROTOCOL = 'rx-sse/tabs/1/';

/** A lock of a group: who has it leads. Another generation begins if its holder doesn't answer. */
interface GroupLock {
  readonly key: string;
  readonly generation: number;
}

/** The name of the channel of a group. */
export const channelName = (key: string): string => PROTOCOL + key;

export const lockName = (key: string, generation: number): string => `${channelName(key)}/${generation}`;

/** The locks that tabs of this version have, or ask for. */
export async function queryLocks(locks: TabLocks): Promise<Record<'held' | 'pending', GroupLock[]>> {
  const { held = [], pending = [] } = await locks.query();
  const parse = (all: readonly { name?: string }[]) =>
    all.flatMap(({ name = '' }) => {
      const slash = name.lastIndexOf('/');
      const key = name.slice(PROTOCOL.length, slash);
      return name.startsWith(PROTOCOL) ? [{ key, generation: Number(name.slice(slash + 1)) }] : [];
    });
  return { held: parse(held), pending: parse(pending) };
}
