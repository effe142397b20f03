import type { Scenario } from './run-examples.js';
import { VirtualPage } from './virtual-page.js';

/** Runs a scenario on a page that is removed after the streams have ended. */
export const onPage =
  (scenario: (page: VirtualPage) => Scenario): Scenario =>
  async run => {
    const page = new VirtualPage();
    try {
      await scenario(page)(run);
    } finally {
      await run.end();
      page.remove();
    }
  };
