import type { TabLocks } from './tab-platform.js';

/** The version of the protocol between tabs. Tabs with different versions are in different groups. */
const PROTOCOL = 'rx-sse/tabs/1/';

/** A lock of a group. Its holder leads. If the holder doesn't answer, the group moves to the next generation. */
interface GroupLock {
  readonly key: string;
  readonly generation: number;
}

/** Returns the name of the channel of a group. */
export const channelName = (key: string): string => PROTOCOL + key;

export const lockName = (key: string, generation: number): string => `${channelName(key)}/${generation}`;

/** Returns the locks that tabs with this version hold or request. */
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
