import type { Page } from 'playwright-core';

/** A mark of a diagram, as it is in the page. */
export interface DrawnMark {
  readonly kind: string;
  readonly count: number;
  readonly label: string;
  /** Where its middle is, in pixels of the page. */
  readonly x: number;
}

/** The marks of the first diagram of a page, in order. */
export const marksIn = (page: Page): Promise<DrawnMark[]> =>
  page.locator('g[data-kind]').evaluateAll(groups =>
    groups.map(group => {
      const { kind = '', count = '', label = '' } = (group as SVGElement).dataset;
      const { left, width } = group.querySelector('path')?.getBoundingClientRect() ?? new DOMRect();
      return { kind, count: Number(count), label, x: left + width / 2 };
    }),
  );

/** How far it has moved, in pixels: less as time goes on. */
export const moveOf = (page: Page): Promise<number> =>
  page
    .locator('g:has(> g[data-kind])')
    .evaluate(group => (group as SVGGElement).transform.baseVal.consolidate()?.matrix.e ?? NaN);
