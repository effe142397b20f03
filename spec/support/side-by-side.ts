import type { ExampleRun, Scenario, Surroundings } from './run-examples.js';
import type { Exchange } from './sse-server.js';

/** Plays the same scenario with both clients of a heading, theirs and ours, and expects the same from both. */
export const sideBySide =
  (
    heading: string,
    surroundings: (run: ExampleRun) => Surroundings,
    play: (
      run: ExampleRun,
      connection: (index: number) => Promise<Exchange>,
      exported: Record<string, unknown>,
    ) => Promise<void>,
  ): Scenario =>
  async run => {
    for (const example of [heading, `${heading} 2`]) {
      const first = run.server.exchanges.length;
      const exported = await run.execute(example, surroundings(run));
      await play(run, index => run.server.exchange(first + index), exported);
      await run.end();
      await run.server.idle();
      run.log.length = 0;
    }
  };
