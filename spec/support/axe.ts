import axe from 'axe-core';
import type { Page } from 'playwright-core';

/**
 * Returns the problems that axe-core finds in the current state of a page: the rule, and the element that breaks it.
 */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  if (passes.length === 0) throw new Error('Expected axe-core to find something to look at');
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${html}\n${failureSummary}`),
  );
}
