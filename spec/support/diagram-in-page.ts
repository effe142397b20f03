import type { Page } from 'playwright-core';

/** A mark of a diagram, as drawn in the page. */
export interface DrawnMark {
  readonly kind: string;
  readonly count: number;
  readonly label: string;
  /** The horizontal position of its middle, in pixels of the page. */
  readonly x: number;
}

/** Returns the marks of the diagram in a page, in order. */
export const marksIn = (page: Page): Promise<DrawnMark[]> =>
  page.locator('g[data-kind]').evaluateAll(groups =>
    groups.map(group => {
      const { kind = '', count = '', label = '' } = (group as SVGElement).dataset;
      const { left, width } = group.querySelector('path')?.getBoundingClientRect() ?? new DOMRect();
      return { kind, count: Number(count), label, x: left + width / 2 };
    }),
  );

/** Returns how far the diagram has moved, in pixels. The value decreases over time. */
export const moveOf = (page: Page): Promise<number> =>
  page
    .locator('g:has(> g[data-kind])')
    .evaluate(group => (group as SVGGElement).transform.baseVal.consolidate()?.matrix.e ?? NaN);
